import { randomFillSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWriter } from '../../e2e/built-writer.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import { ending } from '../cards/card-world.ts';
import type { WindowsAnswer, WindowsQuestion } from './card-process.ts';
import { commandLineToArguments } from './command-line-to-arguments.ts';
import { getDiskOutput } from './get-disk.ts';
import { type Behaviour, WindowsMachine } from './windows-machine.ts';

const MiB = 1 << 20;
/** The demo image has 96 MiB. */
const cardSize = 104 * MiB;

let writer: Awaited<ReturnType<typeof buildWriter>>;

beforeAll(async () => {
  writer = await buildWriter();
});
afterAll(async () => {
  await writer.remove();
});

/** A machine with a stick full of random bytes, the demo lab opened on it, its card planned, and these jobs done. */
async function onWindows(jobs: WindowsQuestion['jobs']) {
  const machine = await WindowsMachine.start();
  try {
    const old = randomFillSync(Buffer.alloc(cardSize));
    await writeFile(machine.disk, old);
    await writeFile(join(machine.folder, 'get-disk.json'), getDiskOutput(cardSize));
    const question: WindowsQuestion = {
      lab: join(machine.folder, 'lab'),
      resources: writer.resources,
      jobs,
      behaviourFile: machine.behaviourFile,
    };
    const answer = (await machine.run('card-process.ts', question)) as WindowsAnswer;
    return { machine, old, answer, disk: await readFile(machine.disk) };
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
}
type Outcome = Awaited<ReturnType<typeof onWindows>>;

function problemOf(events: readonly JobEvent[] | undefined) {
  return ending(events ?? []).problem;
}

it('every module of the app and of the writer is imported, and nothing that Windows does not have is reached', async () => {
  await using machine = await WindowsMachine.start();
  const found = (await machine.run('import-everything-process.ts', {})) as {
    platform: string;
    modules: string[];
  };
  expect(found.platform).toBe('win32');
  expect(found.modules).toContain('services/create-services.ts');
  expect(found.modules).toContain('writer/run-job.ts');
  expect(await machine.reached()).toEqual([]);
});

it('the built writer names nothing that an ES module does not have', async () => {
  const program = await readFile(join(writer.resources, '../out/writer/writer.mjs'), 'utf8');
  expect(program.match(/\b__(?:file|dir)name\b/g)).toBeNull();
});

describe('on a machine that says it is Windows', () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await onWindows([{ kind: 'burn' }, { kind: 'verify' }]);
  });
  afterAll(() => outcome.machine[Symbol.asyncDispose]());

  it('a card is burned by the elevated writer while the volumes are locked, and proven', async () => {
    const { machine, answer, disk } = outcome;
    const [burned, verified] = answer.jobs;
    expect(problemOf(burned)).toBeUndefined();
    const { report } = ending(burned ?? []);
    if (report?.kind !== 'card') throw new Error('the burn has no receipt');
    expect(report.receipt.ejected).toBe(true);
    expect(problemOf(verified)).toBeUndefined();
    expect(ending(verified ?? []).outcome).toBe('done');
    // Of a partition table, which is written last.
    expect(disk.readUInt16LE(510)).toBe(0xaa55);

    const events = await machine.events();
    const locks = events.map(({ event }) => event).filter((event) => /volumes|eject/.test(event));
    expect(locks).toEqual(['volumes asked', 'volumes locked', 'eject', 'volumes unlocked']);
    expect(events.find(({ event }) => event === 'volumes asked')).toMatchObject({ disk: '1' });
  });

  it('a card is planned, burned and verified without anything that Windows does not have', async () => {
    expect(await outcome.machine.reached()).toEqual([]);
  });

  it('nothing secret is in a command line, and the private folder is closed before there is', async () => {
    const { machine } = outcome;
    const events = await machine.events();
    const asked = events.find(({ event }) => event === 'elevation asked');
    const [script, folder, ...more] = commandLineToArguments(String(asked?.['text']));
    expect(more).toEqual([]);
    expect(script).toBe(join(writer.resources, '../out/writer/writer.mjs'));
    expect(folder?.startsWith(join(machine.folder, 'Local', 'Temp', 'sifaka-writer-'))).toBe(true);
    const first = events.findIndex(({ event }) => event === 'icacls');
    expect(events[first]).toEqual({
      event: 'icacls',
      parameters: [
        folder,
        '/inheritance:r',
        '/grant:r',
        '*S-1-3-4:(OI)(CI)F',
        '*S-1-5-18:(OI)(CI)F',
        '*S-1-5-32-544:(OI)(CI)F',
        '/q',
      ],
      found: [],
    });
    expect(first).toBeLessThan(events.findIndex(({ event }) => event === 'elevation asked'));
    // Of a token: 64 hexadecimal digits.
    expect(JSON.stringify(events.map(({ parameters, text }) => [parameters, text]))).not.toMatch(
      /[0-9a-f]{64}/,
    );
    const elevating = events[events.findIndex(({ event }) => event === 'elevation asked') - 1];
    expect(elevating?.['names']).toEqual([
      'PATH',
      'PSModulePath',
      'SIFAKA_PARAMETERS',
      'SIFAKA_PROGRAM',
      'SystemRoot',
      'TEMP',
      'TMP',
      'windir',
    ]);
  });
});

type Case = readonly [what: string, behaviour: Behaviour, code: string];
const burns = (cases: readonly Case[]) =>
  cases.map(([, behaviour]) => ({ kind: 'burn', behaviour }) as const);

describe('a burn that Windows does not let begin', () => {
  const cases: readonly Case[] = [
    ['a prompt that was answered with no', { elevation: 1223 }, 'ELEVATION_REFUSED'],
    ['a policy that forbids it', { elevation: 1260 }, 'ELEVATION_UNAVAILABLE'],
    ['a volume that is used', { volumes: '{"failed":"lock","code":5}' }, 'TARGET_IN_USE'],
    ['a volume over several drives', { volumes: '{"failed":"spanned","code":0}' }, 'TARGET_IN_USE'],
    ['a disk that is gone', { volumes: '{"failed":"open","code":2}' }, 'DRIVE_FAILED'],
    ['a PowerShell that may not compile', { volumes: 'Cannot add type.' }, 'DRIVE_FAILED'],
    ['another card', { medium: { at: 2, is: 'another' } }, 'TARGET_CHANGED'],
    ['a lock that is lost', { medium: { at: 2, is: 'gone' } }, 'DRIVE_FAILED'],
  ];
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await onWindows(burns(cases));
  });
  afterAll(() => outcome.machine[Symbol.asyncDispose]());

  it.each(cases.map(([what, , code], index) => [what, code, index] as const))(
    '%s: %s',
    (_what, code, index) => {
      expect(problemOf(outcome.answer.jobs[index])).toMatchObject({
        code,
        state: expect.stringMatching(/Nothing was written/),
      });
    },
  );

  it('was planned, leaves the drive as it was, and reaches for nothing that Windows does not have', async () => {
    const { answer, disk, machine, old } = outcome;
    expect(answer.plans.map(({ target }) => target.path)).toEqual([
      `${join(machine.folder, 'lab')}.card.img`,
      '\\\\.\\PhysicalDrive1',
    ]);
    expect(answer.drives.map(({ path, offered }) => [path, offered])).toEqual([
      ['\\\\.\\PhysicalDrive0', false],
      ['\\\\.\\PhysicalDrive1', true],
    ]);
    expect(answer.doctor.find(({ id }) => id === 'drives')?.detail).toContain('User Account Control');
    expect(disk.equals(old)).toBe(true);
    expect(await machine.reached()).toEqual([]);
  });
});

describe('a burn that is cut off', () => {
  // The first partition of the demo image begins after the head: its first sector is written as the first of the body.
  const inBody = { written: MiB };
  const cases: readonly Case[] = [
    ['by another card', { medium: { at: 'written', is: 'another' } }, 'TARGET_CHANGED'],
    ['by a lock that is lost', { medium: { at: 'written', is: 'gone' } }, 'DRIVE_FAILED'],
    [
      'by another card as it is erased',
      { clock: 'fast', medium: { at: 'written', is: 'another' } },
      'TARGET_CHANGED',
    ],
    [
      'by another card as it is written',
      { clock: 'fast', medium: { at: inBody, is: 'another' } },
      'TARGET_CHANGED',
    ],
    [
      'by a lock that is lost as it is written',
      { clock: 'fast', medium: { at: inBody, is: 'gone' } },
      'DRIVE_FAILED',
    ],
  ];
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await onWindows(burns(cases));
  });
  afterAll(() => outcome.machine[Symbol.asyncDispose]());

  it.each(cases.map(([what, , code], index) => [what, code, index] as const))(
    '%s: %s, with what is left',
    (_what, code, index) => {
      const problem = problemOf(outcome.answer.jobs[index]);
      // With its words: a writer that ended, and one that was not understood, have the same code.
      expect([problem?.code, problem?.what]).toEqual([code, expect.any(String)]);
      expect(problem?.state).not.toMatch(/Nothing was written|proven/);
    },
  );

  it('as it is written has erased everything before, and proven nothing', () => {
    for (const events of outcome.answer.jobs.slice(-2)) {
      const steps = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
      expect(steps.findLast(({ step }) => step === 'erase')).toMatchObject({ done: 3, total: 3 });
      expect(steps.filter(({ step, done }) => step === 'verify' && done > 0)).toEqual([]);
    }
  });

  it('leaves a drive that does not boot', async () => {
    const { machine, disk } = outcome;
    // What makes it boot was erased first, and is written last.
    expect(disk.subarray(0, 4096).equals(Buffer.alloc(4096))).toBe(true);
    expect((await machine.events()).map(({ event }) => event)).not.toContain('eject');
  });
});
