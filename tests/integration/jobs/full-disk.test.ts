import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import { startOwner, type OwnerProcess } from './owner-process-handle.ts';

let folder: string;
let owner: OwnerProcess;
let id: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-full-disk-'));
  owner = await startOwner(folder, 2);
  const started = await owner.ask({ ask: 'start', subject: '/cards/a.img' });
  id = 'id' in started ? started.id : '';
  // Larger than what is left, so that half of the line is written and the rest is refused.
  await owner.ask({ ask: 'note', text: 'x'.repeat(3000) });
});

afterEach(async () => {
  await owner.kill();
  await rm(folder, { recursive: true });
});

function listHere() {
  return createJobRegistry({ folder, clock: { now: () => new Date() }, log: { line: () => {} } }).list();
}

/** Bytes that stand still for seconds, as they do here on a busy machine, are measured again. */
function isStall(event: JobEvent): boolean {
  return event.type === 'progress' && event.ifCutOff === undefined && event.progress.rate === 0;
}

describe.skipIf(process.platform === 'win32')('a job whose journal cannot be written any more', () => {
  test('goes on, may not pass into a state that no journal names, and says later how much was lost', async () => {
    expect(await owner.ask({ ask: 'if-cut-off', state: 'The card is written.' })).toMatchObject({
      code: 'JOURNAL_UNWRITABLE',
    });
    expect(await owner.ask({ ask: 'list' })).toMatchObject({ jobs: [{ id, state: 'running' }] });
    await promisify(execFile)('prlimit', ['--pid', String(owner.pid), '--fsize=unlimited']);
    expect(await owner.ask({ ask: 'if-cut-off', state: 'The card is written.' })).toEqual({ ok: true });
    const finished = await owner.ask({ ask: 'finish' });
    const events = 'events' in finished ? finished.events : [];
    expect(events.filter((event) => !isStall(event))).toMatchObject([
      { type: 'started' },
      { ifCutOff: 'The card is half written.' },
      { type: 'progress' },
      { ifCutOff: 'The card is written.' },
      // The note and the state, and in between once that bytes stand still.
      { type: 'note', text: expect.stringMatching(/^[23] lines of this journal could not be written\.$/) },
      { type: 'ended', outcome: 'done' },
    ]);
    expect(await listHere()).toMatchObject([{ id, state: 'done' }]);
  });

  test('ends for who follows it in its process; elsewhere it is cut off once that process is gone', async () => {
    // The line is written behind the answer.
    const journal = join(folder, 'jobs', `${id}.jsonl`);
    await expect.poll(async () => (await readFile(journal)).length).toBe(2048);
    const finished = await owner.ask({ ask: 'finish' });
    expect('events' in finished ? finished.events.at(-1) : finished).toMatchObject({
      type: 'ended',
      outcome: 'done',
    });
    expect(await owner.ask({ ask: 'list' })).toMatchObject({ jobs: [{ id, state: 'done' }] });
    expect(await listHere()).toMatchObject([{ id, state: 'running' }]);
    await owner.kill();
    expect(await listHere()).toMatchObject([
      { id, state: 'cut-off', problem: { state: 'The card is half written.' } },
    ]);
  });
});
