import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import {
  burn,
  deltaOf,
  digestOf,
  driveSize,
  type ForgedStage,
  imageSize,
  SharedStage,
} from './forged-stage.ts';
import { say, sayBytes } from './writer-alone.ts';

/** Jobs that are tried: by `npm run test:long`, and in every run, with other ones each time. */
const jobs = process.env['SIFAKA_FAULT_POINTS'] === 'all' ? 100 : 40;
/** Of all of them, in milliseconds, on a machine that has other things to do. */
const timeout = 600_000;

const shared = new SharedStage();
afterAll(() => shared.close());

/** What is done to a job, in order. Indices are taken modulo what is there. */
type Mutation =
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'twice'; readonly at: number }
  | { readonly kind: 'swap'; readonly at: number }
  | { readonly kind: 'flip'; readonly at: number; readonly byte: number; readonly to: number }
  | { readonly kind: 'plan'; readonly field: number; readonly value: number; readonly digested: boolean }
  | { readonly kind: 'burn'; readonly field: number; readonly value: number }
  | { readonly kind: 'insert'; readonly at: number; readonly what: number };

const nat = fc.nat({ max: 1 << 20 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('drop'), at: nat }),
  fc.record({ kind: fc.constant('twice'), at: nat }),
  fc.record({ kind: fc.constant('swap'), at: nat }),
  fc.record({ kind: fc.constant('flip'), at: nat, byte: nat, to: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constant('plan'), field: nat, value: nat, digested: fc.boolean() }),
  fc.record({ kind: fc.constant('burn'), field: nat, value: nat }),
  fc.record({ kind: fc.constant('insert'), at: nat, what: nat }),
);

const at = <Value>(values: readonly Value[], index: number): Value => {
  const value = values[index % values.length];
  if (value === undefined) throw new Error('nothing to choose from');
  return value;
};

/** The frames of a job with all of it done to them. It stays no plan for the bystander: that one would be obeyed. */
function mutate(stage: ForgedStage, mutations: readonly Mutation[]): Buffer[] {
  const { target, bystander } = stage;
  const changes: Record<string, unknown> = {};
  const plan = stage.plan();
  const forged: Record<string, unknown> = { ...plan.target };
  let text = canonicalize(plan) ?? '';
  let digest = digestOf(text);
  for (const one of mutations) {
    if (one.kind === 'plan') {
      const [field, values] = at(
        [
          ['path', [bystander.path, `${bystander.path}/`, `${target.path}p1`, '/dev/zero', target.path]],
          ['identity', ['', `${target.identity}1`, target.identity.toUpperCase(), target.identity]],
          ['size', [0, 4096, driveSize - 512, driveSize + 512, Number.MAX_SAFE_INTEGER, -1, 0.5]],
          ['kind', ['existing-file', 'new-file', 'virtual-drive', 'x']],
          ['label', ['\u0000', bystander.label, '"}', 'x'.repeat(10_000)]],
        ] as const,
        one.field,
      );
      forged[field] = at<unknown>(values, one.value);
      text = canonicalize({ ...plan, target: forged }) ?? '';
      if (one.digested) digest = digestOf(text);
    } else if (one.kind === 'burn') {
      const [field, values] = at(
        [
          [
            'pieces',
            [
              [],
              [[0, imageSize]],
              [
                [2 ** 21, 2 ** 20],
                [0, 4096],
              ],
              [[0, 4096]],
              [[imageSize, 1]],
            ],
          ],
          ['deltaBytes', [0, 1, 8191, 8193, 1 << 29, -1]],
          ['protocol', [0, 2, '1']],
          ['planText', ['', '{}', text.replaceAll(target.path, bystander.path), ` ${text}`]],
          ['planDigest', ['', digestOf(''), digestOf(text)]],
        ] as const,
        one.field,
      );
      changes[field] = at<unknown>(values, one.value);
    }
  }
  const frames = [
    burn(plan, { planText: text, planDigest: digest, ...changes }),
    ...deltaOf(8192),
    ...['begin', 'erase', 'head', 'finish'].map((type) => say({ type })),
  ];
  for (const one of mutations) {
    if (frames.length === 0) break;
    if (one.kind === 'plan' || one.kind === 'burn') continue;
    const index = one.at % frames.length;
    const frame = at(frames, index);
    if (one.kind === 'drop') frames.splice(index, 1);
    else if (one.kind === 'twice') frames.splice(index, 0, frame);
    else if (one.kind === 'swap')
      frames.splice(index, 1, ...frames.splice((index + 1) % frames.length, 1, frame));
    else if (one.kind === 'insert') {
      const other = [
        sayBytes(0, Buffer.alloc(4096)),
        say({}),
        say({ type: 'cancel' }),
        say({ type: 'erase' }),
        sayBytes(imageSize, Buffer.alloc(8)),
      ];
      frames.splice(index, 0, at(other, one.what));
    } else {
      // Not in the header: a wrong length makes the rest of the line one frame, which cut lines are about.
      const changed = Buffer.from(frame);
      changed[5 + (one.byte % (frame.length - 5))] = one.to;
      frames[index] = changed;
    }
  }
  return frames;
}

test('whatever is done to a job, no other device is changed, and its own only as a job would', {
  timeout,
}, async (context) => {
  const stage = await shared.get(context);
  const bystander = await stage.lookAt(stage.bystander.path);
  let obeyed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 0, maxLength: 4 }), async (mutations) => {
      const before = await stage.lookAt(stage.target.path);
      // What nobody understands ends a writer that would wait for more.
      const end = await stage.run([...mutate(stage, mutations), ...Array.from({ length: 3 }, () => say({}))]);
      expect([0, 1]).toContain(end.code);
      expect(end.signal).toBeNull();
      expect(await stage.lookAt(stage.bystander.path)).toEqual(bystander);
      const isReady = end.messages.some(({ type }) => type === 'ready');
      if (isReady) obeyed += 1;
      else expect(await stage.lookAt(stage.target.path)).toEqual(before);
    }),
    { numRuns: jobs, endOnFailure: true },
  );
  // Some must come through, or this would prove nothing.
  expect(obeyed).toBeGreaterThan(5);
});
