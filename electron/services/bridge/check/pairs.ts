import { asProblem } from '../../../../shared/problem.ts';
import type { PairResult } from '../../../../shared/schemas/bridge.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { Ssh, Ways } from '../../ssh/ssh.ts';
import type { BridgeMember, ClusterBridge } from '../cluster-bridge.ts';
import { complaint, parsePing, pingCommand, type PingResult } from './ping.ts';

/** A direction to be tried; `to` has an address of the cluster file. */
export interface Pair {
  readonly from: string;
  readonly to: string;
}

export interface PairParts {
  readonly ssh: Ssh;
  readonly ways: Ways;
  readonly bridge: ClusterBridge;
  readonly signal: AbortSignal;
}

/** Of the eight commands that a connection takes at a time some are left for whoever else works with the node. */
const mostPingsOfANode = 5;
const frames = 4;
/** One lost frame of four may be chance: then it is asked again, and none may be lost. */
const framesAgain = 10;
const limits = { milliseconds: 20_000, bytes: 64 * 1024 };

/** Every direction between these nodes. */
export function pairsOf(nodes: readonly string[]): Pair[] {
  return nodes.flatMap((from) => nodes.flatMap((to) => (from === to ? [] : [{ from, to }])));
}

/** Tries all directions that start at one node, some at a time, in the order given. `tried` hears of each. CANCELLED. */
export async function tryPairs(
  parts: PairParts,
  pairs: readonly Pair[],
  tried: (result: PairResult) => void,
): Promise<PairResult[]> {
  const results = new Map<Pair, PairResult>();
  const waiting = pairs.values();
  const worker = async () => {
    for (const pair of waiting) {
      const result = await tryPair(parts, pair);
      results.set(pair, result);
      tried(result);
    }
  };
  await Promise.all(Array.from({ length: mostPingsOfANode }, worker));
  return pairs.flatMap((pair) => results.get(pair) ?? []);
}

/** A direction that nobody could try. */
export function notTried({ from, to }: Pair, said: string): PairResult {
  return { from, to, passed: false, sent: 0, received: 0, said: onOneLine(said, 160) };
}

async function tryPair(parts: PairParts, pair: Pair): Promise<PairResult> {
  const from = memberOf(parts.bridge, pair.from);
  const address = addressOf(memberOf(parts.bridge, pair.to));
  if (address === undefined) return notTried(pair, `The cluster file has no address for ${pair.to}.`);
  const ask = (size: 'full' | 'small', count: number) =>
    ping(parts, from, pingCommand({ bridge: from.bridge, address, mtu: from.mtu, size, count }));
  try {
    let full = await ask('full', frames);
    if (typeof full === 'string') return notTried(pair, full);
    if (full.received > 0 && full.received < full.sent) {
      const again = await ask('full', framesAgain);
      if (typeof again !== 'string') full = again;
    }
    const passed = full.sent > 0 && full.received === full.sent;
    const small = full.received === 0 ? await ask('small', 3) : undefined;
    const { sent, received, latency, said } = full;
    return {
      ...pair,
      passed,
      sent,
      received,
      ...(latency === undefined ? {} : { latency }),
      ...(small === undefined ? {} : { smallPasses: typeof small !== 'string' && small.received > 0 }),
      ...(said === undefined || passed ? {} : { said }),
    };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return notTried(pair, problem.data.what);
  }
}

/** What ping saw, or why there is nothing to see in its words. */
async function ping(
  { ssh, ways, signal }: PairParts,
  from: BridgeMember,
  argv: [string, ...string[]],
): Promise<PingResult | string> {
  const destination = ways.destinations.toNode(from.node);
  const { stdout, stderr, code } = await ssh.run(destination, { argv }, { signal, limits });
  const [printed, complained] = [stdout.toString('utf8'), stderr.toString('utf8')];
  const why = () => complaint(complained) ?? onOneLine(complained.split('\n')[0] ?? '', 160);
  return (
    parsePing(printed, complained) ??
    (why() || `ping on ${from.node} ended with ${code ?? 'a signal'} and did not say what it saw.`)
  );
}

/** The node of the cluster file; names are checked before. */
export function memberOf(bridge: ClusterBridge, name: string): BridgeMember {
  const member = bridge.nodes.find(({ node }) => node === name);
  if (member === undefined) throw new TypeError(`${name} is no node of the bridge`);
  return member;
}

/** `10.99.0.1` of `10.99.0.1/24`. */
export function addressOf({ address }: BridgeMember): string | undefined {
  return address?.split('/')[0];
}
