import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ownMounts } from '../../rig/own-mounts.ts';
import { runTool } from '../drives/loop-devices.ts';
import { driveAt, type ForgedStage, SharedStage } from './forged-stage.ts';

const shared = new SharedStage();
afterAll(() => shared.close());

const ext4 = (file: string) => runTool('mke2fs', '-q', '-F', '-t', 'ext4', '-O', '^has_journal', file);

async function mounted({ loops }: ForgedStage, device: string, place: string): Promise<void> {
  await mkdir(place, { recursive: true });
  await loops.during(
    () => runTool('mount', '-o', 'noatime', device, place),
    // The writer may have done it.
    () => runTool('umount', device).catch(() => undefined),
  );
  await runTool('sync', '--file-system', place);
}

/** A process with mounts of its own, which are there when this resolves; the options are unshare(1)'s. */
async function namespaceBeside(options: readonly string[]) {
  const child = spawn('unshare', [...options, 'sh', '-c', 'echo there && exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  return {
    mounts: () => readFile(`/proc/${child.pid}/mountinfo`, 'utf8'),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

async function twoDrives(stage: ForgedStage) {
  const card = await stage.another('card', { make: ext4 });
  const other = await stage.another('other', { make: ext4 });
  return { card, other, media: await stage.mediaFolder() };
}

describe('only what is mounted of its drive is unmounted', () => {
  test('beside others', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount');
    const { card, other, media } = await twoDrives(stage);
    await mounted(stage, card, join(media, 'card'));
    await mounted(stage, other, join(media, 'card-2'));
    const before = await stage.lookAt(other);
    const end = await stage.run(stage.job(await stage.planFor(card)));
    expect(end).toMatchObject({ code: 0, problem: undefined });
    expect(await stage.lookAt(other)).toEqual(before);
    expect((await stage.lookAt(card)).mounts).toBe('');
  });

  test('also where a namespace beside began with a copy of it', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount', 'unshare');
    const { card, media } = await twoDrives(stage);
    await mounted(stage, card, join(media, 'card'));
    await using beside = await namespaceBeside(ownMounts);
    expect(await beside.mounts()).toContain(` ${card} `);
    const end = await stage.run(stage.job(await stage.planFor(card)));
    expect(end).toMatchObject({ code: 0, problem: undefined });
    expect((await stage.lookAt(card)).mounts).toBe('');
    expect(await beside.mounts()).not.toContain(` ${card} `);
  });

  test('but nothing is written while a namespace beside keeps its copy', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount', 'unshare');
    const { card, media } = await twoDrives(stage);
    await mounted(stage, card, join(media, 'card'));
    await using beside = await namespaceBeside(['--mount', '--propagation=private']);
    const { written, sha256 } = await stage.lookAt(card);
    const end = await stage.run(stage.job(await stage.planFor(card)));
    expect(end).toMatchObject({ code: 1, problem: 'TARGET_IN_USE', state: 'Nothing was written.' });
    expect(await stage.lookAt(card)).toMatchObject({ written, sha256 });
    expect(await beside.mounts()).toContain(` ${card} `);
  });

  test('at every place, also where one name is the beginning of another', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount');
    const { card, other, media } = await twoDrives(stage);
    await mounted(stage, card, join(media, 'a'));
    await mounted(stage, card, join(media, 'a b\n'));
    await mounted(stage, other, join(media, 'a b'));
    const before = await stage.lookAt(other);
    const end = await stage.run(stage.job(await stage.planFor(card)));
    expect(end).toMatchObject({ code: 0, problem: undefined });
    expect(await stage.lookAt(other)).toEqual(before);
    expect((await stage.lookAt(card)).mounts).toBe('');
  });

  test.for([
    ['without its invisible characters', 'old\u200bcard'],
    ['with one blank for two', 'old  card'],
    ['shortened', 'x'.repeat(200)],
  ] as const)('by its own name, at a place that is shown %s', async ([, name], context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount');
    const { card, other, media } = await twoDrives(stage);
    const place = join(media, name);
    await mounted(stage, card, place);
    // What is shown of the place is the place of another drive.
    const shown = (await driveAt(card)).parts[0]?.mountpoints[0] ?? '';
    expect(shown).not.toBe(place);
    await mounted(stage, other, shown);
    const before = await stage.lookAt(other);
    const end = await stage.run(stage.job(await stage.planFor(card)));
    expect(end).toMatchObject({ code: 0, problem: undefined });
    expect(await stage.lookAt(other)).toEqual(before);
    expect((await stage.lookAt(card)).mounts).toBe('');
  });

  test('and not what another drive has over it at the same place', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount');
    const { card, other, media } = await twoDrives(stage);
    await mounted(stage, card, join(media, 'card'));
    await mounted(stage, other, join(media, 'card'));
    const end = await stage.runUntouched(stage.job(await stage.planFor(card)));
    expect(end).toMatchObject({ code: 1, problem: 'TARGET_IN_USE', state: 'Nothing was written.' });
  });

  test('and not what another drive has below it', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount');
    const { card, other, media } = await twoDrives(stage);
    await mounted(stage, card, join(media, 'card'));
    await mounted(stage, other, join(media, 'card', 'below'));
    // mkdir above has changed the card's file system.
    await runTool('sync', '--file-system', join(media, 'card'));
    const end = await stage.runUntouched(stage.job(await stage.planFor(card)));
    expect(end).toMatchObject({ code: 1, problem: 'TARGET_IN_USE', state: 'Nothing was written.' });
  });

  test('and nothing when the plan is refused', async (context) => {
    await using stage = await shared.own(context, 'mke2fs', 'mount');
    const { card, media } = await twoDrives(stage);
    await mounted(stage, card, join(media, 'card'));
    const plan = await stage.planFor(card);
    const wrong = { ...plan, target: { ...plan.target, identity: stage.bystander.identity } };
    for (const forged of [
      wrong,
      stage.plan({ path: join(media, 'card') }),
      stage.plan({ kind: 'new-file' }),
    ]) {
      const end = await stage.runUntouched(stage.job(forged));
      expect(end).toMatchObject({ code: 1, state: 'Nothing was written.' });
    }
    // Nor when it is for a larger card, or when it stops before it was begun.
    const large = { ...plan, image: { ...plan.image, size: 64 << 20 } };
    expect((await stage.runUntouched(stage.job(large))).code).toBe(1);
  });
});
