import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import type { JobRegistry } from '../../../electron/services/jobs/job-registry.ts';
import { readJournalState } from '../../../electron/services/jobs/journal-state.ts';
import { burn, collect, imageReport } from './burn-request.ts';

let folder: string;
let registry: JobRegistry;
/** A whole journal, and its job. */
let text: string;
let id: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-journals-'));
  registry = createJobRegistry({ folder, clock: { now: () => new Date() }, log: { line: () => {} } });
  id = await registry.start(
    burn('/cards/a.img', async ({ report }) => {
      report.note('ifCutOff: “"ifCutOff":”');
      await report.ifCutOff('The card is half written.');
      report.progress({ step: 'write', done: 100, total: 100 });
      return imageReport;
    }),
  );
  await collect(registry.follow(id, {}));
  text = await readFile(journalOf(id), 'utf8');
});

afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

function journalOf(job: string): string {
  return join(folder, 'jobs', `${job}.jsonl`);
}

let counter = 0;
function anotherId(): string {
  counter += 1;
  return `00000000-0000-4000-8000-${String(counter).padStart(12, '0')}`;
}

/** The journal of a job whose owner is long gone. */
function ofTheDead(job: string): string {
  return text.replaceAll(id, job).replace(/"startedAt":"[^"]*"/, '"startedAt":"1"');
}

describe('a journal torn off', () => {
  test('anywhere is either none yet or a job that was cut off with the last state that is whole', async () => {
    const job = anotherId();
    const whole = Buffer.from(ofTheDead(job));
    const firstLine = whole.indexOf('\n');
    const stateLine = whole.indexOf('\n', whole.indexOf('The card is half written.'));
    for (let length = 0; length <= whole.length; length += 1) {
      await writeFile(journalOf(job), whole.subarray(0, length));
      const state = await readJournalState(journalOf(job), job);
      if (length <= firstLine) expect(state, `at ${length}`).toBeUndefined();
      else {
        const ifCutOff = length <= stateLine ? 'Nothing was written yet.' : 'The card is half written.';
        expect(state, `at ${length}`).toMatchObject({ ifCutOff });
        expect(state?.ended?.outcome, `at ${length}`).toBe(length === whole.length ? 'done' : undefined);
      }
    }
  });

  test('is listed and followed as cut off, the same at every look, and not written to', async () => {
    const job = anotherId();
    const torn = ofTheDead(job).slice(0, -30);
    await writeFile(journalOf(job), torn);
    const [first, second] = [await registry.list(), await registry.list()];
    expect(second).toEqual(first);
    const listed = first.find((summary) => summary.id === job);
    expect(listed).toMatchObject({
      state: 'cut-off',
      mine: false,
      problem: { code: 'JOB_CUT_OFF', state: 'The card is half written.' },
    });
    expect(listed?.problem?.what).toMatch(
      /“Burn titan-13” was cut off.*at “Write the card”, 75 % of the whole/,
    );
    const events = await collect(registry.follow(job, {}));
    expect(events.at(-1)).toEqual({
      type: 'ended',
      at: listed?.endedAt,
      outcome: 'cut-off',
      problem: listed?.problem,
    });
    await expect(registry.cancel(job)).rejects.toMatchObject({ code: 'JOB_NOT_RUNNING' });
    expect(await readFile(journalOf(job), 'utf8')).toBe(torn);
  });
});

describe('a folder with what is no journal', () => {
  test.each<[string, (job: string) => Promise<unknown>]>([
    ['an empty file', (job) => writeFile(journalOf(job), '')],
    ['binary garbage', (job) => writeFile(journalOf(job), Buffer.alloc(100_000, 0xfe))],
    ['JSON that is something else', (job) => writeFile(journalOf(job), '{"type":"started"}\n[]\nnull\n')],
    ['deep JSON', (job) => writeFile(journalOf(job), `${'['.repeat(200_000)}\n`)],
    ['the journal of another job', (job) => writeFile(journalOf(job), text)],
    [
      'a journal without its first line',
      (job) => writeFile(journalOf(job), ofTheDead(job).replace(/^.*\n/, '')),
    ],
    ['a link to a journal', (job) => linkedJournal(job)],
    ['a link to nowhere', (job) => symlink('/nowhere/at/all', journalOf(job))],
    ['a folder', (job) => mkdir(journalOf(job))],
    ['a pipe nobody writes to', (job) => promisify(execFile)('mkfifo', [journalOf(job)])],
    ['one huge line', (job) => hugeLine(journalOf(job))],
  ])('%s is passed over', async (_name, make) => {
    const job = anotherId();
    await make(job);
    await writeFile(join(folder, 'jobs', 'not-an-id.jsonl'), ofTheDead('not-an-id'));
    expect((await registry.list()).map((summary) => summary.id)).toEqual([id]);
    await expect(registry.cancel(job)).rejects.toMatchObject({ code: 'JOB_UNKNOWN' });
    await expect(collect(registry.follow(job, {}))).rejects.toMatchObject({ code: 'JOB_UNKNOWN' });
  });

  test('lines of garbage and of 20 MB inside a journal are passed over, what is around them is read', async () => {
    const job = anotherId();
    const lines = ofTheDead(job).split('\n');
    const garbage = [
      '',
      '{"type":"progress"',
      'x'.repeat(20 * 2 ** 20),
      '{"type":"ended","outcome":"strange"}',
    ];
    await writeFile(journalOf(job), [lines[0], ...garbage, ...lines.slice(1)].join('\n'));
    expect(await registry.list()).toContainEqual(expect.objectContaining({ id: job, state: 'done' }));
    expect((await collect(registry.follow(job, {}))).map(({ type }) => type)).toEqual([
      'started',
      'note',
      'progress',
      'progress',
      'ended',
    ]);
  });
});

async function linkedJournal(job: string): Promise<void> {
  const elsewhere = join(folder, 'elsewhere.jsonl');
  await writeFile(elsewhere, ofTheDead(job));
  await symlink(elsewhere, journalOf(job));
}

async function hugeLine(file: string): Promise<void> {
  const handle = await open(file, 'w');
  await handle.truncate(300 * 2 ** 20);
  await handle.close();
}
