import { expect, it } from 'vitest';
import { scheduledCollection } from '../../../electron/services/backups/agent/schedule.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { Problem } from '../../../shared/problem.ts';

const start = Date.parse('2026-11-20T12:00:00Z');
const minute = 60_000;
const still = new AbortController().signal;

/** Looks at so many minutes after the start; answers at which of them was collected. */
async function collections(
  file: string | undefined,
  minutes: readonly number[],
  collect: () => Promise<unknown> = () => Promise.resolve(),
): Promise<number[]> {
  let now = start;
  const lab = {
    readBytes: async () => {
      if (file !== undefined) return Buffer.from(file);
      throw new Problem('LAB_FILE_MISSING', { what: '', state: '', next: '' });
    },
  } as unknown as LabFolder;
  const look = scheduledCollection({ lab, clock: { now: () => new Date(now) }, collect });
  const done: number[] = [];
  for (const at of minutes) {
    now = start + at * minute;
    if (await look(still)) done.push(at);
  }
  return done;
}

function agents(at: string, state = 'current'): string {
  return JSON.stringify({
    schema: 'sifaka.backup-agents/1',
    at,
    nodes: [{ node: 'baobab', state, guests: [] }],
  });
}

it('what agents did is collected once an hour, also counted from what another machine collected', async () => {
  const file = agents('2026-11-20T11:30:00Z');
  expect(await collections(file, [0, 29, 30, 31, 89, 90, 200])).toEqual([30, 90, 200]);
});

it('a collection from the future was made before somebody set the clock', async () => {
  expect(await collections(agents('2027-01-01T00:00:00Z'), [0, 1])).toEqual([0]);
});

const refused = () => Promise.reject(new Problem('LAB_NOT_FOUND', { what: '', state: '', next: '' }));

it.each([
  ['no node has an agent', agents('2026-11-20T01:00:00Z', 'absent')],
  ['nobody ever asked', undefined],
  ['what is kept of them is damaged', '{'],
])('nothing is asked when %s', async (_, file) => {
  expect(await collections(file, [0, 100])).toEqual([]);
});

it('what the lab or a node does not let happen is tried again in an hour; a mistake of ours is told', async () => {
  const file = agents('2026-11-20T01:00:00Z');
  expect(await collections(file, [0, 60], refused)).toEqual([]);
  await expect(collections(file, [0], () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
});
