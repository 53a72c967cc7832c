import { expect, it } from 'vitest';
import { pairsOf, type PairParts, tryPairs } from '../../../electron/services/bridge/check/pairs.ts';
import { cancelled, Problem } from '../../../shared/problem.ts';

const nodes = ['baobab', 'ebony', 'tapia', 'indri', 'aye', 'fossa', 'tenrec', 'vari', 'potto'];

/** A node that answers each ping with what `answer` says; how many it was asked at the same time at most. */
function parts(answer: (argv: readonly string[], time: number) => string) {
  let [running, most, calls] = [0, 0, 0];
  const made = {
    signal: new AbortController().signal,
    ways: { destinations: { toNode: (node: string) => node } },
    bridge: {
      nodes: nodes.map((node, index) => ({
        node,
        bridge: 'thunderbridge',
        mtu: 9000,
        stp: false,
        ports: [],
        ...(node === 'fossa' ? {} : { address: `10.99.0.${index + 1}/24` }),
      })),
    },
    ssh: {
      async run(_node: string, { argv }: { argv: readonly string[] }) {
        running += 1;
        most = Math.max(most, running);
        await new Promise((done) => setImmediate(done));
        running -= 1;
        calls += 1;
        return { code: 0, stdout: Buffer.from(answer(argv, calls)), stderr: Buffer.alloc(0) };
      },
    },
  };
  // Only these of them are used.
  return { parts: made as unknown as PairParts, most: () => most, calls: () => calls };
}

const counts = (sent: number, received: number) =>
  `${sent} packets transmitted, ${received} received, 0% packet loss\n`;
const one = [{ from: 'baobab', to: 'ebony' }];

it('sends to all others, some at a time, and leaves room on the connection', async () => {
  const world = parts(() => counts(4, 4));
  const told: string[] = [];
  const own = pairsOf(nodes).filter(({ from }) => from === 'baobab');
  const results = await tryPairs(world.parts, own, ({ to }) => told.push(to));
  expect(results.map(({ to, passed }) => [to, passed])).toEqual(
    nodes.slice(1).map((to) => [to, to !== 'fossa']),
  );
  expect(results.find(({ to }) => to === 'fossa')?.said).toContain('no address for fossa');
  expect(told.toSorted()).toEqual(nodes.slice(1).toSorted());
  expect(world.most()).toBe(5);
});

it('asks again when some frames were lost, and then none may be', async () => {
  const recovering = parts((_, call) => (call === 1 ? counts(4, 3) : counts(10, 10)));
  expect(await tryPairs(recovering.parts, one, () => undefined)).toMatchObject([{ passed: true, sent: 10 }]);
  const lossy = parts((_, call) => (call === 1 ? counts(4, 3) : counts(10, 9)));
  expect(await tryPairs(lossy.parts, one, () => undefined)).toMatchObject([
    { passed: false, sent: 10, received: 9 },
  ]);
  expect(lossy.calls()).toBe(2);
});

it('tries small frames only when every full one is lost', async () => {
  const world = parts((argv) => (argv.includes('-M') ? counts(4, 0) : counts(3, 3)));
  expect(await tryPairs(world.parts, one, () => undefined)).toMatchObject([
    { passed: false, received: 0, smallPasses: true },
  ]);
});

it('has a connection that is lost as a reason, and a stop as a stop', async () => {
  const lost = parts(() => {
    throw new Problem('SSH_CONNECTION_LOST', { what: 'baobab is gone.', state: '', next: '' });
  });
  expect(await tryPairs(lost.parts, one, () => undefined)).toMatchObject([
    { sent: 0, said: 'baobab is gone.' },
  ]);
  const stopped = parts(() => {
    throw cancelled('Nothing.');
  });
  await expect(tryPairs(stopped.parts, one, () => undefined)).rejects.toMatchObject({ code: 'CANCELLED' });
});
