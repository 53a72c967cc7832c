import { afterAll, describe, expect, test } from 'vitest';
import { burn, deltaOf, driveSize, type ForgedStage, imageSize, SharedStage } from './forged-stage.ts';
import { hangUp, say, sayBytes, type Step } from './writer-alone.ts';

const shared = new SharedStage();
afterAll(() => shared.close());

const MiB = 2 ** 20;
const begin = say({ type: 'begin' });
const erase = say({ type: 'erase' });
const head = say({ type: 'head' });
const finish = say({ type: 'finish' });
/** What an app would say that cares for no answer. */
const everything: readonly Step[] = [...deltaOf(8192), begin, erase, head, finish];

/** A message that no JSON.stringify would write. */
function sayText(text: string): Buffer {
  return sayFrame(0, Buffer.from(text));
}

function sayFrame(kind: number, payload: Buffer, length = payload.length): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(length);
  header.writeUInt8(kind, 4);
  return Buffer.concat([header, payload]);
}

async function expectRefused(stage: ForgedStage, steps: readonly Step[], code: string): Promise<void> {
  const end = await stage.runUntouched(steps);
  expect(end).toMatchObject({ code: 1, problem: code, content: [] });
  expect(end.state).toMatch(/^Nothing was written/);
  expect(end.messages.some(({ type }) => type === 'body' || type === 'done')).toBe(false);
}

describe('pieces', () => {
  const forged: readonly (readonly [what: string, code: string, pieces: unknown])[] = [
    [
      'overlap',
      'PLAN_CHANGED',
      [
        [2 * MiB, MiB],
        [2 * MiB + 4096, MiB],
      ],
    ],
    [
      'are the same twice',
      'PLAN_CHANGED',
      [
        [2 * MiB, MiB],
        [2 * MiB, MiB],
      ],
    ],
    [
      'are not sorted',
      'PLAN_CHANGED',
      [
        [3 * MiB, MiB],
        [0, MiB],
      ],
    ],
    ['begin beyond the image', 'PLAN_CHANGED', [[imageSize, 4096]]],
    ['end beyond the image', 'PLAN_CHANGED', [[imageSize - 4096, 8192]]],
    ['lie beyond the device', 'PLAN_CHANGED', [[driveSize, MiB]]],
    ['lie beyond every device', 'PLAN_CHANGED', [[Number.MAX_SAFE_INTEGER - 1, 1]]],
    [
      'add up to more than a number can be',
      'PLAN_CHANGED',
      [[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
    ],
    ['go across the head', 'PLAN_CHANGED', [[0, 2 * MiB]]],
    ['go across the head by a byte', 'PLAN_CHANGED', [[4096, MiB - 4095]]],
    ['begin before the device', 'WRITER_DIED', [[-4096, 4096]]],
    ['have no length', 'WRITER_DIED', [[2 * MiB, 0]]],
    ['have a length below nothing', 'WRITER_DIED', [[2 * MiB, -MiB]]],
    ['begin at half a byte', 'WRITER_DIED', [[0.5, 4096]]],
    ['are half a byte long', 'WRITER_DIED', [[2 * MiB, 1.5]]],
    ['are texts', 'WRITER_DIED', [['0', '4096']]],
    ['are objects', 'WRITER_DIED', [{ 0: 0, 1: 4096, length: 2 }]],
    ['have three numbers', 'WRITER_DIED', [[0, 4096, 4096]]],
    ['are none', 'WRITER_DIED', null],
    ['are no list', 'WRITER_DIED', { length: 1 }],
    ['are too many', 'WRITER_DIED', Array.from({ length: (1 << 20) + 1 }, (_, index) => [index, 1])],
  ];

  test.for(forged)('that %s are refused (%s)', async ([, code, pieces], context) => {
    const stage = await shared.get(context);
    await expectRefused(stage, [burn(stage.plan(), { pieces }), ...everything], code);
  });

  test.for(['1e309', '-1e309', 'NaN', 'Infinity', '9007199254740993', '0x1000', '01', '"__proto__"', '1e-7'])(
    'that begin at %s, as no program would write it, are refused',
    async (number, context) => {
      const stage = await shared.get(context);
      const text = burn(stage.plan(), { pieces: [[2 * MiB, 4096]] })
        .subarray(5)
        .toString()
        .replace(`[[${2 * MiB},`, `[[${number},`);
      await expectRefused(stage, [sayText(text), ...everything], 'WRITER_DIED');
    },
  );
});

describe('a message', () => {
  const forged: readonly (readonly [what: string, steps: (stage: ForgedStage) => Step[]])[] = [
    ['of another version', (stage) => [burn(stage.plan(), { protocol: 2 })]],
    ['with more in it', (stage) => [burn(stage.plan(), { force: true })]],
    [
      'with a prototype',
      (stage) => [sayText(burn(stage.plan()).subarray(5).toString().replace('{', '{"__proto__":{"x":1},'))],
    ],
    ['that is no JSON', () => [sayText('burn')]],
    ['that is empty', () => [sayText('')]],
    ['that is a list', () => [sayText('[]')]],
    ['that is null', () => [sayText('null')]],
    ['of no type', () => [sayText('{}')]],
    ['of another type', () => [say({ type: 'erase everything' })]],
    ['of the writer’s own', () => [say({ type: 'ready' })]],
    ['that is bytes', () => [sayBytes(0, Buffer.alloc(4096))]],
    ['of another kind of frame', (stage) => [sayFrame(2, burn(stage.plan()).subarray(5))]],
    ['of bytes without an offset', () => [sayFrame(1, Buffer.alloc(7))]],
    ['of bytes beyond every number', () => [sayFrame(1, Buffer.alloc(16, 0xff))]],
    ['longer than any', () => [sayFrame(0, Buffer.alloc(64), (32 << 20) + 1)]],
    ['as long as can be said', () => [sayFrame(0, Buffer.alloc(64), 0xffffffff)]],
    ['in no frame', () => [Buffer.from('{"type":"burn"}')]],
    ['of noise', () => [Buffer.alloc(65_536, 0xa5)]],
    [
      'in a flood of others',
      () => [Buffer.concat(Array.from({ length: 1 << 20 }, () => sayFrame(1, Buffer.alloc(8))))],
    ],
  ];

  test.for(forged)('%s is refused', async ([, steps], context) => {
    const stage = await shared.get(context);
    await expectEnded(stage, [...steps(stage), ...everything]);
  });

  const orders: readonly (readonly [what: string, steps: (stage: ForgedStage) => Step[]])[] = [
    ['begin first', () => [begin, erase, head, finish]],
    ['erase first', () => [erase, head, finish]],
    ['finish first', () => [finish]],
    ['the changes first', (stage) => [...deltaOf(8192), burn(stage.plan()), begin, erase]],
    ['two jobs', (stage) => [burn(stage.plan()), burn(stage.plan()), ...everything]],
    ['a job and a reading', (stage) => [burn(stage.plan()), readAll(stage), ...everything]],
    [
      'two jobs, one after the changes',
      (stage) => [burn(stage.plan()), ...deltaOf(8192), burn(stage.plan()), begin, erase],
    ],
    ['erase before begin', (stage) => [burn(stage.plan()), ...deltaOf(8192), erase, begin]],
    ['begin twice', (stage) => [burn(stage.plan()), ...deltaOf(8192), begin, begin, erase]],
    ['head before erase', (stage) => [burn(stage.plan()), ...deltaOf(8192), begin, 'ready', head, erase]],
    ['finish before erase', (stage) => [burn(stage.plan()), ...deltaOf(8192), begin, 'ready', finish, erase]],
    [
      'changes after begin',
      (stage) => [burn(stage.plan()), ...deltaOf(8192), begin, ...deltaOf(8192), erase],
    ],
    ['fewer changes than announced', (stage) => [burn(stage.plan()), ...deltaOf(4096), begin, erase]],
    ['more changes than announced', (stage) => [burn(stage.plan()), ...deltaOf(16_384), begin, erase]],
    ['an empty change', (stage) => [burn(stage.plan()), sayBytes(0, Buffer.alloc(0)), ...everything]],
    [
      'a change beyond the image',
      (stage) => [burn(stage.plan()), sayBytes(imageSize - 1, Buffer.alloc(8192)), begin, erase],
    ],
    [
      'a change far beyond it',
      (stage) => [burn(stage.plan()), sayBytes(Number.MAX_SAFE_INTEGER, Buffer.alloc(8192)), begin, erase],
    ],
    [
      'more changes than can be announced',
      (stage) => [burn(stage.plan(), { deltaBytes: (512 << 20) + 1 }), ...everything],
    ],
    ['fewer changes than none', (stage) => [burn(stage.plan(), { deltaBytes: -1 }), ...everything]],
    ['a cancellation before begin', (stage) => [burn(stage.plan()), say({ type: 'cancel' }), ...everything]],
    [
      'a cancellation before erase',
      (stage) => [burn(stage.plan()), ...deltaOf(8192), begin, 'ready', say({ type: 'cancel' }), erase],
    ],
  ];

  test.for(orders)('out of order is refused: %s', async ([, steps], context) => {
    const stage = await shared.get(context);
    await expectEnded(stage, steps(stage));
  });
});

describe('when the app only waits', () => {
  test.for([
    ['after the first word', 0],
    ['after the job', 1],
    ['after the changes', 3],
    ['before it lets it erase', 5],
  ] as const)('%s, nothing is touched, and its end is the end', async ([, count], context) => {
    const stage = await shared.get(context);
    const before = await stage.look();
    let meanwhile: unknown;
    const steps: Step[] = [
      ...stage.job().slice(0, count),
      async () => {
        meanwhile = await stage.look();
      },
      hangUp,
    ];
    const end = await stage.run(steps);
    expect(meanwhile).toEqual(before);
    expect(await stage.look()).toEqual(before);
    expect(end.code).toBe(1);
  });
});

describe('a job that is cut short', () => {
  test('before it is to erase touches nothing, wherever it is cut', async (context) => {
    const stage = await shared.get(context);
    const job = burn(stage.plan());
    const frames = [job, ...deltaOf(8192), begin, erase];
    const all = Buffer.concat(frames);
    const before = await stage.look();
    const points = cuts(frames);
    for (const at of points) {
      const end = await stage.run([all.subarray(0, at), hangUp]);
      expect([at, end.code, end.signal]).toEqual([at, 1, null]);
    }
    expect(points.length).toBeGreaterThan(24);
    expect(await stage.look()).toEqual(before);
  });

  test('after it is to erase touches its target alone', async (context) => {
    const stage = await shared.get(context);
    const before = await stage.lookAt(stage.bystander.path);
    for (const count of [6, 7, 8, 9, 10]) {
      const end = await stage.run([...stage.job().slice(0, count - 1), hangUp]);
      expect([count, end.code]).toEqual([count, 1]);
    }
    expect(await stage.lookAt(stage.bystander.path)).toEqual(before);
  });

  test.for([
    ['erase twice', [erase, 'body', erase]],
    ['finish before head', [erase, 'body', finish]],
    ['begin again', [erase, 'body', begin]],
    ['a second job', [erase, 'body', readAllOf('/dev/null')]],
    ['head twice', [erase, 'body', head, 'head', head]],
    ['bytes', [erase, 'body', sayBytes(0, Buffer.alloc(4096))]],
  ] as const)('by %s leaves a target that does not boot, and nothing else', async ([, more], context) => {
    const stage = await shared.get(context);
    const before = await stage.lookAt(stage.bystander.path);
    const end = await stage.run([...stage.job().slice(0, 5), ...more]);
    expect(end).toMatchObject({ code: 1, problem: 'WRITER_DIED' });
    expect(end.state).toContain('it does not boot');
    expect(await stage.lookAt(stage.bystander.path)).toEqual(before);
    expect(await stage.firstBytes(stage.target.path, MiB)).toEqual(Buffer.alloc(MiB));
  });
});

describe('the last word', () => {
  test('reaches an app that is still talking', async (context) => {
    const stage = await shared.get(context);
    const large = Array.from({ length: 64 }, (_, index) => sayBytes(index, Buffer.alloc(MiB)));
    const job = burn(stage.plan({ identity: 'another' }), { deltaBytes: 64 * MiB });
    await expectRefused(stage, [job, ...large, begin, erase], 'TARGET_CHANGED');
  });

  test('says how a cancelled job left the drive', async (context) => {
    const stage = await shared.get(context);
    const cancel = say({ type: 'cancel' });
    const early = await stage.runUntouched([...stage.job().slice(0, 4), cancel]);
    expect(early).toMatchObject({ problem: 'CANCELLED' });
    expect(early.state).toMatch(/^Nothing was written/);
    const late = await stage.run([...stage.job().slice(0, 6), cancel]);
    expect(late).toMatchObject({ problem: 'CANCELLED' });
    expect(late.state).toContain('it does not boot');
  });
});

function readAll({ target }: ForgedStage): Buffer {
  return readAllOf(target.path);
}

function readAllOf(path: string): Buffer {
  return say({ type: 'read', protocol: 1, path, identity: '', size: 1, pieces: [[0, 1]], contents: [0] });
}

/** However it is put, it is refused, and nothing is touched. */
async function expectEnded(stage: ForgedStage, steps: readonly Step[]): Promise<void> {
  // What nobody understands ends a writer that would wait for more.
  const end = await stage.runUntouched([...steps, say({}), say({})]);
  expect([end.code, end.signal]).toEqual([1, null]);
  expect(end.content).toEqual([]);
  expect(end.messages.some(({ type }) => type === 'body' || type === 'done')).toBe(false);
  if (end.problem !== undefined) expect(end.state).toMatch(/^Nothing was written/);
}

/** Around every border of a frame, and somewhere within each of its parts. */
function cuts(frames: readonly Buffer[]): number[] {
  const found: number[] = [];
  let start = 0;
  for (const { length } of frames) {
    for (const at of [0, 1, 4, 5, Math.floor(length / 2), length - 1]) found.push(start + at);
    start += length;
  }
  return [...new Set(found)].filter((at) => at < start);
}
