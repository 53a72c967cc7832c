import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { asProblem } from '../../../../shared/problem.ts';
import type { CommandResult } from '../../ssh/run-command.ts';
import { type IperfResult, iperfClient, iperfServer, parseIperf } from './iperf.ts';
import { addressOf, memberOf, type Pair, type PairParts } from './pairs.ts';

const limits = { milliseconds: 20_000, bytes: 1024 * 1024 };
/** Until the server listens; each look is a connection that is refused at once. */
const looks = 25;
const lookMilliseconds = 100;

/** Which of these nodes have iperf3. CANCELLED. */
export async function nodesWithIperf(parts: PairParts, nodes: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(
    nodes.map(async (node) => {
      const answer = await run(parts, node, ['iperf3', '--version']);
      return typeof answer !== 'string' && answer.code === 0 ? [node] : [];
    }),
  );
  return new Set(found.flat());
}

/**
 * How much gets from one node to the other in three seconds. The server takes one connection on the bridge's address; it
 * is ended here in every case, and by its own node where nobody can reach it any more. CANCELLED.
 */
export async function measure(parts: PairParts, { from, to }: Pair): Promise<IperfResult> {
  const address = addressOf(memberOf(parts.bridge, to));
  if (address === undefined) return { kind: 'failed', said: `The cluster file has no address for ${to}.` };
  // Of the range for private use (RFC 6335), so that a server of the operator's own is not in the way.
  const port = randomInt(49_152, 65_536);
  const end = new AbortController();
  const signal = AbortSignal.any([parts.signal, end.signal]);
  const serving = run({ ...parts, signal }, to, iperfServer(address, port)).catch((error: unknown) => {
    // It was ended because it is not needed any more.
    if (end.signal.aborted && !parts.signal.aborted) return '';
    throw error;
  });
  const client = measureWithin(parts, from, iperfClient(address, port), serving);
  try {
    return await client;
  } finally {
    end.abort();
    // It has ended on the node when this answers; a problem of the measurement comes first.
    await serving.catch(() => undefined);
  }
}

async function measureWithin(
  parts: PairParts,
  from: string,
  argv: [string, ...string[]],
  serving: Promise<CommandResult | string>,
): Promise<IperfResult> {
  let served: CommandResult | string | undefined;
  void serving.then(
    (answer) => (served = answer),
    () => (served = ''),
  );
  for (let look = 1; ; look += 1) {
    const answer = await run(parts, from, argv);
    if (typeof answer === 'string') return { kind: 'failed', said: answer };
    const result = parseIperf(answer.stdout.toString('utf8'));
    const isTooEarly = result.kind === 'failed' && /connection refused/i.test(result.said);
    if (!isTooEarly || look === looks || served !== undefined) return result;
    await wait(lookMilliseconds);
  }
}

/** What the command answered, or in words why it did not. */
async function run(
  { ssh, ways, signal }: PairParts,
  node: string,
  argv: [string, ...string[]],
): Promise<CommandResult | string> {
  try {
    return await ssh.run(ways.destinations.toNode(node), { argv }, { signal, limits });
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return problem.data.what;
  }
}
