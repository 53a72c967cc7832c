import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SyncOptions } from '../../../shared/schemas/sync-request.ts';
import { openAgreedState } from '../../../electron/services/sync/engine/agreed-state.ts';
import type { AgreedState } from '../../../electron/services/sync/engine/agreed-state.ts';
import { entryAt } from '../../../electron/services/sync/engine/read-folder.ts';
import type { SyncPlan } from '../../../electron/services/sync/engine/sync-plan.ts';
import { anHourAgo, noticesOf, operationsOf, put, putLink, surveyWorld } from './survey-world.ts';
import type { SurveyWorld } from './survey-world.ts';

const late = anHourAgo + 100;

async function stateOf(world: SurveyWorld): Promise<AgreedState> {
  return openAgreedState({ logDir: world.logDir, pair: 'media', roots: await world.roots() });
}

/** A pass: what it would do is done by cp and rm, as far as these tests need it. */
async function pass(
  world: SurveyWorld,
  options: Partial<SyncOptions> = {},
): Promise<{ plan: SyncPlan; trouble: string | undefined }> {
  const agreed = await stateOf(world);
  const plan = await world.plan(options, agreed);
  for (const { operation, kind, path } of plan.operations) {
    const [from, to] = [join(world.source, path), join(world.destination, path)];
    if (operation === 'delete') rmSync(to, { recursive: true });
    else if (kind === 'folder') mkdirSync(to);
    else execFileSync('cp', ['-a', '--remove-destination', '-T', from, to]);
    agreed.addApplied([{ path, after: entryAt(to) }]);
  }
  const { trouble } = agreed;
  agreed.finish();
  agreed.close();
  return { plan, trouble };
}

const stateFile = (world: SurveyWorld): string => join(world.logDir, 'agreed-media.sqlite');

describe('what both sides last had in common', () => {
  it('is recorded by a pass that finds them the same, once, and by one that makes them the same', async () => {
    const world = await surveyWorld();
    for (const root of [world.source, world.destination]) {
      put(root, 'a/same', 'same');
      putLink(root, 'a/link', 'same');
    }
    put(world.source, 'b/new', 'new!');
    await pass(world);
    const state = await stateOf(world);
    expect(state.advise('a/same')).toEqual({ kind: 'file', size: 4, mtimeMs: anHourAgo * 1000 });
    expect(state.advise('b/new')).toMatchObject({ kind: 'file', size: 4 });
    expect(state.advise('a/link')).toMatchObject({ kind: 'link', md5: '51037a4a37730f52c8732586d3aaa316' });
    expect(state.advise('a')).toMatchObject({ kind: 'folder' });
    expect(state.advise('b/none')).toBeUndefined();
    expect(state.otherDirectionRan).toBe(false);
    state.close();
    // The other direction is noted; after that nothing is written, whichever direction runs.
    await pass(world.reversed);
    const written = [statSync(stateFile(world)).mtimeMs, md5Of(stateFile(world))];
    for (const again of [world, world.reversed, world]) await pass(again, { deleteMissing: true });
    expect([statSync(stateFile(world)).mtimeMs, md5Of(stateFile(world))]).toEqual(written);
    expect(readdirSync(world.logDir)).toEqual(['agreed-media.sqlite']);
  });

  it('makes an edit on both sides a conflict, and an edit on one side none', async () => {
    const world = await surveyWorld();
    put(world.source, 'both', 'old');
    put(world.source, 'one', 'old');
    await pass(world);
    put(world.source, 'both', 'here', late);
    put(world.destination, 'both', 'there', anHourAgo + 50);
    put(world.source, 'one', 'here', late);
    const { plan } = await pass(world);
    expect(operationsOf(plan)).toEqual(['update file both (newer, conflict)', 'update file one (newer)']);
    expect(noticesOf(plan)).toEqual(['conflict both']);
  });

  it('is still known of a file while the sides differ in it', async () => {
    const world = await surveyWorld();
    put(world.source, 'both', 'old');
    await pass(world);
    put(world.source, 'both', 'here', anHourAgo + 50);
    put(world.destination, 'both', 'there', late);
    // The destination wins, so this pass does nothing, and the other direction still sees the conflict.
    expect(operationsOf((await pass(world)).plan)).toEqual([]);
    expect(operationsOf((await pass(world.reversed)).plan)).toEqual(['update file both (newer, conflict)']);
  });

  it('keeps from deletion what is new or edited at the destination', async () => {
    const world = await surveyWorld();
    for (const name of ['untouched', 'edited', 'folder/untouched']) put(world.source, name, 'old');
    await pass(world);
    await pass(world.reversed);
    for (const name of ['untouched', 'edited', 'folder'])
      rmSync(join(world.source, name), { recursive: true });
    put(world.destination, 'edited', 'edited', late);
    put(world.destination, 'new/file', 'new');
    const { plan } = await pass(world, { deleteMissing: true });
    expect(operationsOf(plan)).toEqual([
      'delete file untouched (deleted-at-source)',
      'delete file folder/untouched (deleted-at-source)',
      'delete folder folder (deleted-at-source)',
    ]);
    expect(noticesOf(plan)).toEqual(['kept edited', 'kept new/file']);
    const state = await stateOf(world);
    expect([state.advise('untouched'), state.folder('folder'), state.advise('folder')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    state.close();
  });

  it('is a strict mirror as long as only one direction has run', async () => {
    const world = await surveyWorld();
    put(world.source, 'a', 'x');
    await pass(world);
    put(world.destination, 'new', 'x');
    expect(operationsOf((await pass(world, { deleteMissing: true })).plan)).toEqual([
      'delete file new (deleted-at-source)',
    ]);
  });

  it('forgets what is gone on both sides, with all that lay in it', async () => {
    const world = await surveyWorld();
    put(world.source, 'folder/deep/file', 'x');
    await pass(world);
    await pass(world.reversed);
    for (const root of [world.source, world.destination]) rmSync(join(root, 'folder'), { recursive: true });
    await pass(world);
    // Put back at the destination as it was: new there, not deleted at the source.
    put(world.destination, 'folder/deep/file', 'x');
    const { plan } = await pass(world, { deleteMissing: true });
    expect(operationsOf(plan)).toEqual([]);
    expect(noticesOf(plan)).toEqual(['kept folder/deep/file']);
  });

  it('says which side of a file and a folder has changed', async () => {
    const world = await surveyWorld();
    put(world.source, 'a', 'x', late);
    put(world.source, 'b/file', 'x', late);
    await pass(world);
    // Older than what was there before: without the agreed state the other side would win.
    rmSync(join(world.source, 'a'));
    put(world.source, 'a/file', 'x');
    utimesSync(join(world.source, 'a'), anHourAgo, anHourAgo);
    rmSync(join(world.destination, 'b'), { recursive: true });
    put(world.destination, 'b', 'x');
    expect(operationsOf(await world.plan({}, await stateOf(world)))).toEqual([
      'update folder a (changed-here-only)',
      'create file a/file (missing)',
    ]);
    expect(operationsOf(await world.reversed.plan({}, await stateOf(world.reversed)))).toEqual([
      'update file b (changed-here-only)',
    ]);
  });

  it('knows after a scrub whose bytes are the right ones', async () => {
    const world = await surveyWorld();
    for (const root of [world.source, world.destination]) put(root, 'file', 'right');
    await pass(world, { checksum: true });
    // Other passes keep what was read.
    for (const root of [world.source, world.destination]) put(root, 'other', 'x');
    await pass(world);
    put(world.destination, 'file', 'wrong');
    expect(operationsOf((await pass(world.reversed, { checksum: true })).plan)).toEqual([]);
    expect(operationsOf((await pass(world, { checksum: true })).plan)).toEqual([
      'update file file (matches-agreed)',
    ]);
  });

  it('that is broken is told, hinders nothing, deletes nothing that it does not know, and is made anew', async () => {
    const world = await surveyWorld();
    put(world.source, 'file', 'x');
    await pass(world);
    put(world.destination, 'new', 'x');
    const bytes = readFileSync(stateFile(world));
    for (const broken of [
      Buffer.from('not a database at all'),
      bytes.subarray(0, bytes.length / 2),
      flipped(bytes),
    ]) {
      writeFileSync(stateFile(world), broken);
      rmSync(`${stateFile(world)}.broken`, { force: true });
      const { plan, trouble } = await pass(world, { deleteMissing: true, checksum: true });
      expect(trouble).toContain('could not be used');
      expect([operationsOf(plan), noticesOf(plan)]).toEqual([[], ['kept new']]);
      expect(readdirSync(world.logDir)).toEqual(['agreed-media.sqlite', 'agreed-media.sqlite.broken']);
      const after = await pass(world, { deleteMissing: true });
      expect([after.trouble, noticesOf(after.plan)]).toEqual([undefined, ['kept new']]);
    }
  });

  it('is that of these two roots only', async () => {
    const world = await surveyWorld();
    put(world.source, 'file', 'x');
    await pass(world);
    const other = await surveyWorld();
    cpSync(stateFile(world), stateFile(other));
    const state = await stateOf(other);
    expect([state.trouble, state.advise('file')]).toEqual([undefined, undefined]);
    state.close();
  });
});

/** One bit of the last record's bytes. */
function flipped(bytes: Buffer): Buffer {
  const at = bytes.lastIndexOf('file');
  const copy = Buffer.from(bytes);
  copy[at + 6] = (copy[at + 6] ?? 0) ^ 1;
  return copy;
}

function md5Of(file: string): string {
  return createHash('md5').update(readFileSync(file)).digest('hex');
}
