import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type S3Server, startS3 } from '../../rig/s3/s3-server.ts';
import { quiet, s3Target, sealKeys, still, TargetWorld } from './target-world.ts';

let world: TargetWorld;
let server: S3Server | undefined;
beforeEach(() => {
  world = new TargetWorld();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await world.remove();
});

describe('a copy at', () => {
  it.each(['s3', 'node-folder', 'local-folder'] as const)(
    'a target of the kind %s is compared, listed, read again, brought back and removed',
    async (kind) => {
      const { targets, secrets } = await world.open();
      const nas = join(world.disks, 'nas');
      mkdirSync(nas);
      if (kind === 's3') {
        server = await startS3();
        await server.makeBucket('backups');
        await sealKeys(secrets, server);
      }
      world.define({
        offsite: kind === 's3' ? s3Target(server?.endpoint ?? '') : { kind, path: nas },
      });
      const archive = world.archive({ bytes: 20 * 1024 * 1024 + 17 });
      const store = await targets.open('offsite');
      expect((await store.check(still)).state).toBe('not-set-up');
      await expect(store.copy(archive, quiet)).rejects.toMatchObject({ code: 'TARGET_UNMOUNTED' });
      expect((await store.init(still)).state).toBe('ready');

      const seen: number[] = [];
      const copied = await store.copy(archive, { ...quiet, progress: (done) => seen.push(done) });
      expect(copied).toMatchObject({
        target: 'offsite',
        state: 'verified',
        proof: kind === 's3' ? 'digest' : 'read-back',
      });
      expect(seen.at(-1)).toBe(archive.record.sizeBytes);

      const [found, ...others] = await store.list(still);
      expect(others).toEqual([]);
      expect(found).toMatchObject({
        id: `target:offsite#${archive.record.archive}`,
        pveCluster: 'madagascar',
        type: 'qemu',
        vmid: 100,
        sizeBytes: archive.record.sizeBytes,
        standardName: true,
        partial: false,
      });
      if (found === undefined) throw new Error('nothing is listed');
      const [file] = archive.files;
      if (file === undefined) throw new Error('no file');
      expect(await store.digests(found, quiet)).toEqual(new Map([[file.name, file.sha256]]));
      expect(await store.record(found, still)).toMatchObject({ id: archive.record.id });

      const back = join(world.disks, 'back');
      mkdirSync(back);
      const brought = await store.bringTo(found, { node: 'baobab', folder: back }, quiet);
      expect(brought.files).toEqual([{ ...file, path: join(back, file.name) }]);
      expect(readFileSync(join(back, file.name)).equals(readFileSync(file.path))).toBe(true);
      expect(readdirSync(back)).toEqual([file.name]);

      await store.remove(found, still);
      expect(await store.list(still)).toEqual([]);
      await expect(store.digests(found, quiet)).rejects.toMatchObject({ code: 'ARCHIVE_GONE' });
    },
  );
});
