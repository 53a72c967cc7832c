import { EventEmitter } from 'node:events';
import { i18n } from '@lingui/core';
import type { BrowserWindow, MessageBoxOptions } from 'electron';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Erasure, oneQuestion } from '../../../electron/hosts/one-question.ts';
import { contentsInWords } from '../../../electron/services/drives/survey/drive-contents.ts';
import { askToErase } from '../../../electron/shell/erasure-question.ts';
import type { CardPlan } from '../../../shared/schemas/card.ts';
import type { RestorePlan } from '../../../shared/schemas/backup-plans.ts';
import type { DrivePart } from '../../../shared/schemas/drive.ts';
import { plan, prunePlan, restorePlan } from '../router/recording-services.ts';

const { boxes, answers } = vi.hoisted(() => ({
  boxes: [] as MessageBoxOptions[],
  answers: [] as ((answer: { response: number }) => void)[],
}));
vi.mock('electron', () => ({
  dialog: {
    showMessageBox(_window: unknown, options: MessageBoxOptions) {
      boxes.push(options);
      return new Promise((resolve) => answers.push(resolve));
    },
  },
}));
beforeEach(() => {
  boxes.length = 0;
  answers.length = 0;
});
afterEach(() => i18n.activate('en'));

const window = () => new EventEmitter() as unknown as BrowserWindow;

function planFor(contents: string, target: Partial<CardPlan['target']> = {}): Erasure {
  const shown = { ...plan.target, kind: 'drive' as const, path: '/dev/sdb', contents, ...target };
  return { kind: 'card', plan: { ...plan, target: shown } };
}

/** What is asked about a drive with these parts. */
async function asked(parts: readonly DrivePart[], target: Partial<CardPlan['target']> = {}): Promise<string> {
  const found = { size: 64e9, removable: true, builtIn: false, partitionTable: 'gpt', looked: true };
  const contents = contentsInWords({ ...found, parts, partitions: parts.length });
  const answer = askToErase(planFor(contents, target), window(), undefined);
  answers[0]?.({ response: 0 });
  expect(await answer).toBe(false);
  return `${boxes[0]?.message}\n${boxes[0]?.detail}`;
}

function part(label: string, mountpoint: string): DrivePart {
  return { name: 'sdb1', size: 9e9, fileSystem: 'ext4', label, mountpoints: [mountpoint] };
}

it('names everything that is on the drive, however much it is and however long its names are', async () => {
  const names = ['EFI', 'boot', 'rootfs', 'home', 'photos', 'thesis'];
  const question = await asked(names.map((name) => part(name, `/media/operator/${name}`)));
  for (const name of names)
    expect(question).toContain(`“${name}” 9.00 GB mounted at /media/operator/${name}`);

  boxes.length = 0;
  answers.length = 0;
  const pushing = part('x'.repeat(128), `/${'y'.repeat(4000)}`);
  const behind = await asked([pushing, pushing, pushing, pushing, pushing, part('thesis', '/media/thesis')]);
  expect(behind).toContain('“thesis” 9.00 GB mounted at /media/thesis');
});

it('keeps the end of a long path, and has no markup, line breaks or hidden characters of others', async () => {
  const path = `/home/${'deep/'.repeat(100)}card.img`;
  const question = await asked([part('a\n\u202eb<b>&c', '/x')], { path, label: 'S<D>\u0007\nCard' });
  expect(question).toContain('card.img');
  expect(question).not.toMatch(/[<>&\u0007\u202e]/);
  expect(question.split('\n')).toHaveLength(4);
});

it('is whole in German', async () => {
  i18n.loadAndActivate({ locale: 'de', messages: {} });
  const { messages } = await import('../../../electron/shell/locales/de.po');
  i18n.loadAndActivate({ locale: 'de', messages });
  const question = await asked([part('rootfs', '/media/rootfs')]);
  expect(question).toContain('GPT mit 1 Partition; ext4 “rootfs” 9.00 GB, eingehängt unter /media/rootfs');
});

/** What the box says of it, and what its buttons are. */
async function boxOf(erasure: Erasure): Promise<string[]> {
  const answer = askToErase(erasure, window(), undefined);
  answers.at(-1)?.({ response: 0 });
  expect(await answer).toBe(false);
  const { message = '', detail = '', buttons = [] } = boxes.at(-1) ?? {};
  return [message, detail, ...buttons];
}

it('names the guest that a restore erases, its disks, and what is lost for good', async () => {
  const overwrites = {
    name: 'web <b>\u202e',
    status: 'running',
    disks: ['scsi0: local-lvm:vm-100-disk-0, 32G'],
    config: 'c'.repeat(64),
  };
  const shown: RestorePlan = { ...restorePlan, node: 'baobab', vmid: 100, overwrites };
  const [message, detail = '', ...buttons] = await boxOf({ kind: 'restore', plan: shown });
  expect(message).toBe('Erase baobab/100 web b and restore it?');
  expect(detail).toContain(restorePlan.archive.name);
  expect(detail).toContain('local-lvm:vm-100-disk-0, 32G');
  expect(detail).toContain('There is no good backup of it.');
  expect(buttons).toEqual(['Cancel', 'Erase and restore']);
  const saved = { ...overwrites, lastGoodBackup: '2026-11-20T14:00:00Z' };
  const [, after] = await boxOf({ kind: 'restore', plan: { ...shown, overwrites: saved } });
  expect(after).toMatch(/Its last good backup is of 2026-11-2\d/);
});

it('names the archives that a prune removes, the first of many', async () => {
  const archive = {
    id: 'storage:nas#x',
    place: 'storage:nas',
    name: 'vzdump-qemu-100-2026_11_20-14_00_00.vma.zst',
    ctime: 1,
    sizeBytes: 5e9,
    mark: 'remove',
    rule: 'not-kept',
    why: '',
  } as const;
  const archives = [
    { ...archive, mark: 'keep' as const, name: 'kept' },
    ...Array.from({ length: 7 }, (_, index) => ({ ...archive, name: `old-${index}` })),
  ];
  const [message, detail = '', ...buttons] = await boxOf({
    kind: 'prune',
    plan: { ...prunePlan, archives, removes: 7, freesBytes: 35e9 },
  });
  expect(message).toBe('Remove 7 archives for good?');
  expect(detail).toContain('35.0 GB');
  expect(detail).toContain('storage:nas old-4');
  expect(detail).not.toMatch(/old-5|kept/);
  expect(detail).toContain('and 2 more');
  expect(buttons).toEqual(['Cancel', 'Remove']);
});

it.each([
  ['its page is gone', (gone: AbortController) => gone.abort()],
  ['its window is closed', (_gone: AbortController, parent: BrowserWindow) => parent.emit('closed')],
])('is taken back and answered with no when %s', async (_why, leave) => {
  const gone = new AbortController();
  const parent = window();
  const answer = askToErase(planFor('empty'), parent, gone.signal);
  leave(gone, parent);
  expect(await answer).toBe(false);
  expect(boxes[0]?.signal?.aborted).toBe(true);
});

it('is not asked for a page that is gone already, or without a window', async () => {
  expect(await askToErase(planFor('empty'), window(), AbortSignal.abort())).toBe(false);
  expect(await askToErase(planFor('empty'), undefined, undefined)).toBe(false);
  expect(boxes).toEqual([]);
});

it('is asked again when the yes comes sooner than anybody reads', async () => {
  let time = 0;
  const answer = askToErase(planFor('empty'), window(), undefined, () => time);
  time = 699;
  answers[0]?.({ response: 1 });
  await expect.poll(() => boxes.length).toBe(2);
  time += 700;
  answers[1]?.({ response: 1 });
  expect(await answer).toBe(true);
});

it('is one at a time, and rests after a no, longer each time', async () => {
  let time = 0;
  const pending: ((agreed: boolean) => void)[] = [];
  const ask = oneQuestion(
    () => new Promise((resolve) => pending.push(resolve)),
    () => time,
  );
  const again = () => ask(planFor('empty'), { signal: undefined });
  const refused = (what: string) =>
    expect(again()).rejects.toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      data: { what: expect.stringContaining(what) },
    });
  const answered = async (agreed: boolean) => {
    const answer = again();
    pending.shift()?.(agreed);
    expect(await answer).toBe(agreed);
  };
  const first = again();
  await refused('still open');
  pending.shift()?.(false);
  expect(await first).toBe(false);
  for (const pause of [1000, 2000, 4000]) {
    time += pause - 1;
    await refused('turned down a moment ago');
    time += 1;
    await answered(false);
  }
  time += 8000;
  await answered(true);
  // A yes ends it.
  await answered(false);
  time += 1000;
  await answered(true);
});

it('rests after a question that was taken back or failed, too', async () => {
  const ask = oneQuestion(
    () => Promise.reject(new Error('the terminal is gone')),
    () => 0,
  );
  await expect(ask(planFor('empty'), { signal: undefined })).rejects.toThrow('the terminal is gone');
  await expect(ask(planFor('empty'), { signal: undefined })).rejects.toMatchObject({
    code: 'CONFIRMATION_REQUIRED',
  });
});
