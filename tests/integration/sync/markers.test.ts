import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  confirmRoot,
  initRoots,
  openRoot,
  openRoots,
} from '../../../electron/services/sync/engine/open-roots.ts';
import { newMarkers, writeMarker } from '../../../electron/services/sync/engine/markers.ts';
import { makePlan } from '../../../electron/services/sync/engine/make-plan.ts';
import { probeRoot } from '../../../electron/services/sync/engine/probe-root.ts';
import { syncOptionsSchema } from '../../../shared/schemas/sync-request.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { operationsOf, surveyWorld } from './survey-world.ts';
import type { SurveyWorld } from './survey-world.ts';
import { noAgreedState } from './no-agreed-state.ts';

const marker = '.sifaka-sync.json';

function mark(src: string, dest: string) {
  return initRoots({ src, dest, pair: 'other', now: new Date() });
}

function open(world: SurveyWorld, pair = 'media') {
  return openRoots({ src: world.source, dest: world.destination, pair });
}

describe('the markers of a pair', () => {
  it('name each other, and leave nothing else behind', async () => {
    const world = await surveyWorld();
    const roots = await open(world);
    expect(roots.source.marker.peer).toBe(roots.destination.marker.root);
    expect(roots.destination.marker.peer).toBe(roots.source.marker.root);
    for (const root of [world.source, world.destination]) expect(readdirSync(root)).toEqual([marker]);
    expect(openRoot({ path: world.source, pair: 'media' }).marker).toEqual(roots.source.marker);
  });

  it('are needed on both sides', async () => {
    const world = await surveyWorld();
    rmSync(join(world.destination, marker));
    await expect(open(world)).rejects.toMatchObject({ code: 'SYNC_ROOT_UNMARKED' });
    expect(() => openRoot({ path: world.destination, pair: 'media' })).toThrow('SYNC_ROOT_UNMARKED');
  });

  it('stay as they are when a pair is marked again, and one that is missing is made to fit', async () => {
    const world = await surveyWorld();
    const request = { src: world.source, dest: world.destination, pair: 'media', now: new Date() };
    const read = (root: string): string => readFileSync(join(root, marker), 'utf8');
    const before = [world.source, world.destination].map(read);
    expect(await initRoots(request)).toMatchObject({ made: 'none' });
    expect([world.source, world.destination].map(read)).toEqual(before);
    rmSync(join(world.source, marker));
    expect(await initRoots(request)).toMatchObject({ made: 'one' });
    await open(world);
    expect(read(world.destination)).toBe(before[1]);
  });

  it('of another pair are never written over, nor taken for this one', async () => {
    const world = await surveyWorld();
    const other = { src: world.source, dest: world.destination, pair: 'photos', now: new Date() };
    await expect(initRoots(other)).rejects.toMatchObject({ code: 'SYNC_ROOT_OF_ANOTHER' });
    await expect(open(world, 'photos')).rejects.toMatchObject({ code: 'SYNC_ROOT_OF_ANOTHER' });
    const third = await surveyWorld();
    const mixed = { src: world.source, dest: third.destination, pair: 'media' };
    await expect(openRoots(mixed)).rejects.toMatchObject({ code: 'SYNC_ROOT_OF_ANOTHER' });
  });

  it.each(['', 'no JSON', '{"schema":"sifaka.sync-root/2"}', `{"a":"${'x'.repeat(5000)}"}`])(
    'that cannot be understood stop everything: %j',
    async (content) => {
      const world = await surveyWorld();
      writeFileSync(join(world.source, marker), content);
      await expect(open(world)).rejects.toMatchObject({ code: 'SYNC_ROOT_OF_ANOTHER' });
    },
  );

  it('tell when a root is not the same any more', async () => {
    const world = await surveyWorld();
    const { source } = await open(world);
    expect(() => confirmRoot(source)).not.toThrow();
    renameSync(join(world.source, marker), join(world.folder, marker));
    expect(() => confirmRoot(source)).toThrow('SYNC_ROOT_LOST');
    renameSync(join(world.folder, marker), join(world.source, marker));
    renameSync(world.source, `${world.source}-away`);
    mkdirSync(world.source);
    expect(() => confirmRoot(source)).toThrow('SYNC_ROOT_LOST');
  });
});

describe('two roots', () => {
  it('that overlap are refused, also through a link', async () => {
    const world = await surveyWorld();
    mkdirSync(join(world.source, 'below'));
    symlinkSync(join(world.source, 'below'), join(world.folder, 'link'));
    for (const dest of [
      world.source,
      join(world.source, 'below'),
      join(world.folder, 'link'),
      world.folder,
    ]) {
      const request = { src: world.source, dest, pair: 'media', now: new Date() };
      await expect(initRoots(request)).rejects.toMatchObject({ code: 'SYNC_ROOTS_OVERLAP' });
    }
    expect(readdirSync(join(world.source, 'below'))).toEqual([]);
  });

  it('that overlap by another mount are refused', async (context) => {
    requireTools(context, 'mount', 'umount');
    const world = await surveyWorld();
    const elsewhere = join(world.folder, 'elsewhere');
    mkdirSync(join(world.source, 'below'));
    mkdirSync(elsewhere);
    try {
      execFileSync('mount', ['--bind', world.source, elsewhere], { stdio: 'pipe' });
    } catch {
      unproven(context, 'needs the right to mount');
    }
    onTestFinished(() => {
      execFileSync('umount', [elsewhere]);
    });
    for (const dest of [elsewhere, join(elsewhere, 'below')]) {
      await expect(openRoots({ src: world.source, dest, pair: 'media' })).rejects.toMatchObject({
        code: 'SYNC_ROOTS_OVERLAP',
      });
    }
  });

  it('of which one is a folder of the other, mounted elsewhere, are refused before anything is copied', async (context) => {
    requireTools(context, 'mount', 'umount');
    const world = await surveyWorld();
    const inside = join(world.source, 'below');
    const elsewhere = join(world.folder, 'elsewhere');
    mkdirSync(inside);
    writeFileSync(join(inside, 'file'), 'once');
    mkdirSync(elsewhere);
    try {
      execFileSync('mount', ['--bind', inside, elsewhere], { stdio: 'pipe' });
    } catch {
      unproven(context, 'needs the right to mount');
    }
    onTestFinished(() => {
      execFileSync('umount', [elsewhere]);
    });
    rmSync(join(world.source, '.sifaka-sync.json'));
    // Marked before one was mounted in the other.
    const markers = newMarkers('media', new Date());
    await writeMarker(world.source, markers.source);
    await writeMarker(elsewhere, markers.destination);
    const ways = [
      { src: world.source, dest: elsewhere },
      { src: elsewhere, dest: world.source },
    ];
    for (const way of ways) {
      const roots = await openRoots({ ...way, pair: 'media' });
      const options = syncOptionsSchema.parse({ logDir: world.logDir });
      const { signal } = new AbortController();
      await expect(makePlan(roots, options, { signal, agreed: noAgreedState() })).rejects.toMatchObject({
        code: 'SYNC_ROOTS_OVERLAP',
      });
    }
  });

  it('of which one is a folder of the other, mounted elsewhere, are not marked', async (context) => {
    requireTools(context, 'mount', 'umount');
    const world = await surveyWorld();
    const [inside, covered] = ['deep/be low\n', 'covered'].map((name) => join(world.source, name));
    if (inside === undefined || covered === undefined) throw new Error('two folders');
    const elsewhere = join(world.folder, 'else where');
    const other = join(world.folder, 'other');
    for (const folder of [join(inside, 'more'), covered, elsewhere, other])
      mkdirSync(folder, { recursive: true });
    const mounted: string[] = [];
    const bind = (from: string, to: string) => {
      try {
        execFileSync('mount', ['--bind', from, to], { stdio: 'pipe' });
        mounted.unshift(to);
      } catch {
        unproven(context, 'needs the right to mount');
      }
    };
    onTestFinished(() => {
      for (const at of mounted) execFileSync('umount', [at]);
    });
    bind(inside, elsewhere);
    rmSync(join(world.source, '.sifaka-sync.json'));
    const said = (to: string, name: string) => ({
      code: 'SYNC_ROOTS_OVERLAP',
      data: {
        what: `${to} is the folder ${name} of ${world.source}, mounted a second time: one root lies in the other.`,
      },
    });
    const refused = said(elsewhere, 'deep/be low\\x0a');
    await expect(mark(world.source, elsewhere)).rejects.toMatchObject(refused);
    await expect(mark(elsewhere, world.source)).rejects.toMatchObject(refused);
    const deeper = join(elsewhere, 'more');
    await expect(mark(world.source, deeper)).rejects.toMatchObject(said(deeper, 'deep/be low\\x0a/more'));
    for (const root of [world.source, elsewhere, deeper])
      expect(readdirSync(root)).not.toContain('.sifaka-sync.json');
    // Nobody comes from one to the other where something else is mounted over it.
    bind(covered, other);
    bind(elsewhere, covered);
    await expect(mark(world.source, other)).resolves.toMatchObject({ made: 'both' });
  });

  it('are refused when the marker of one lies in a folder of the other', async () => {
    const world = await surveyWorld();
    const copy = join(world.source, 'copy of it');
    cpSync(world.destination, copy, { recursive: true });
    await expect(world.plan()).rejects.toMatchObject({ code: 'SYNC_ROOTS_OVERLAP' });
    await expect(world.reversed.plan()).rejects.toMatchObject({ code: 'SYNC_ROOTS_OVERLAP' });
    rmSync(copy, { recursive: true });
    // Its own, or another pair's, puts nothing into itself.
    cpSync(world.source, join(world.folder, 'own'), { recursive: true });
    renameSync(join(world.folder, 'own'), join(world.source, 'own'));
    expect(operationsOf(await world.plan())).toEqual(['create folder own (missing)']);
  });

  it('have to be there, to be folders, and no log folders', async () => {
    const world = await surveyWorld();
    writeFileSync(join(world.folder, 'file'), '');
    writeFileSync(join(world.logDir, '.sifaka-sync-log'), '');
    const to = (dest: string) => openRoots({ src: world.source, dest, pair: 'media' });
    await expect(to(join(world.folder, 'none'))).rejects.toMatchObject({ code: 'SYNC_ROOT_MISSING' });
    await expect(to(join(world.folder, 'file'))).rejects.toMatchObject({ code: 'SYNC_ROOT_MISSING' });
    await expect(to(world.logDir)).rejects.toMatchObject({ code: 'SYNC_ROOTS_OVERLAP' });
  });
});

describe('what a file system can tell apart', () => {
  it('is found out without leaving anything behind', async () => {
    const world = await surveyWorld();
    expect(probeRoot(world.logDir)).toEqual({
      precisionMs: 0.002,
      caseSensitive: true,
      normalizationSensitive: true,
      likeFat: false,
      clockAheadMs: 0,
      writable: true,
    });
    expect(readdirSync(world.logDir)).toEqual([]);
  });

  it('includes a clock that is not this one', async () => {
    const world = await surveyWorld();
    const ahead = probeRoot(world.logDir, () => Date.now() - 60_000).clockAheadMs;
    expect(Math.abs(ahead - 60_000)).toBeLessThan(5000);
    const behind = probeRoot(world.logDir, () => Date.now() + 60_000).clockAheadMs;
    expect(Math.abs(behind + 60_000)).toBeLessThan(5000);
  });
});
