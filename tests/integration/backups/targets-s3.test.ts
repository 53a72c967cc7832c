import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateCa } from '../../rig/s3/private-ca.ts';
import { type Front, type FrontOptions, startFront } from '../../rig/s3/s3-front.ts';
import { type S3Server, startS3 } from '../../rig/s3/s3-server.ts';
import { quiet, s3Target, sealKeys, still, TargetWorld } from './target-world.ts';

const mebibyte = 1024 * 1024;
/** Parts of 16 MiB, the last one of one byte. */
const threeParts = 32 * mebibyte + 1;

let server: S3Server;
let world: TargetWorld;
let front: Front | undefined;
let prefixes = 0;

beforeAll(async () => {
  server = await startS3();
  await server.makeBucket('backups');
});
afterAll(() => server?.stop());
beforeEach(() => {
  world = new TargetWorld();
  prefixes += 1;
});
afterEach(async () => {
  await front?.close();
  front = undefined;
  await world.remove();
});

/** A lab with the target `offsite`, set up, behind a front that does what it is told. */
async function offsite(options: Omit<FrontOptions, 'to'> = {}, more: Readonly<Record<string, unknown>> = {}) {
  front = await startFront({ to: server.port, ...options });
  const opened = await world.open();
  await sealKeys(opened.secrets, server);
  world.define({ offsite: s3Target(front.endpoint, { prefix: `lab-${prefixes}/`, ...more }) });
  const store = await opened.targets.open('offsite');
  return { ...opened, store, front };
}

/** The only file of an archive, at the server. */
const keyOf = ({ record }: ReturnType<TargetWorld['archive']>) =>
  `lab-${prefixes}/madagascar/qemu-${record.guest.vmid}/${record.archive}/${record.archive}`;

describe('an upload that is cut', () => {
  it('by the server’s end goes on with the parts that are there, without sending them again', async () => {
    let isKilled = false;
    const { store, front: at } = await offsite({
      async answered({ method, part }) {
        if (method !== 'PUT' || part === undefined || isKilled) return;
        isKilled = true;
        await server.kill();
      },
    });
    await store.init(still);
    const archive = world.archive({ bytes: threeParts });
    await expect(store.copy(archive, quiet)).rejects.toMatchObject({
      code: expect.stringMatching(/^TARGET_(UNREACHABLE|REFUSED)$/),
    });
    await server.restart();
    expect(await store.list(still)).toMatchObject([{ name: archive.record.archive, partial: true }]);

    const there = await partsAt(archive);
    expect(there).toBeGreaterThan(0);
    const before = at.partsSent().length;
    expect(await store.copy(archive, quiet)).toMatchObject({ state: 'verified', proof: 'digest' });
    expect(at.partsSent().length - before).toBe(3 - there);
    const [found] = await store.list(still);
    expect(found).toMatchObject({ partial: false, sizeBytes: threeParts });
  });

  it('by a kill -9 of the one who uploads goes on with the parts that are there', async () => {
    let isHeld = true;
    let held: (() => void) | undefined;
    const isStuck = new Promise<void>((done) => (held = done));
    const { store, front: at } = await offsite({
      meet({ method, part }) {
        if (!isHeld || method !== 'PUT' || part === undefined || part < 2) return 'pass';
        held?.();
        return 'hold';
      },
    });
    await store.init(still);
    const archive = world.archive({ bytes: threeParts });
    const argument = JSON.stringify({ folder: world.ssh.folder, target: 'offsite', archive });
    const child = spawn(process.execPath, [join(import.meta.dirname, 'copy-process.ts'), argument], {
      stdio: 'ignore',
    });
    const gone = new Promise((done) => child.once('exit', done));
    await isStuck;
    await expect.poll(() => partsAt(archive)).toBe(1);
    child.kill('SIGKILL');
    await gone;
    isHeld = false;

    const before = at.partsSent().length;
    expect(await store.copy(archive, quiet)).toMatchObject({ state: 'verified', proof: 'digest' });
    expect(new Set(at.partsSent().slice(before))).toEqual(new Set([2, 3]));
  });

  it('is begun anew where the parts that are there are of something else', async () => {
    const { store, front: at } = await offsite();
    await store.init(still);
    const archive = world.archive({ bytes: threeParts });
    const controller = new AbortController();
    const stop = (done: number) => done >= 16 * mebibyte && controller.abort();
    await expect(store.copy(archive, { signal: controller.signal, progress: stop })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    // The same name and size with other bytes, as after a guest was backed up again by hand.
    const other = world.archive({ bytes: threeParts });
    const before = at.partsSent().length;
    expect(await store.copy(other, quiet)).toMatchObject({ state: 'verified', proof: 'digest' });
    expect(at.partsSent().length - before).toBe(3);
  });
});

describe('wrong bytes', () => {
  it('on the way are refused by the server, and nothing is called whole', async () => {
    let isBad = true;
    const { store } = await offsite({
      meet: ({ method, part }) => (isBad && method === 'PUT' && part === 2 ? 'flip' : 'pass'),
    });
    await store.init(still);
    const archive = world.archive({ bytes: threeParts });
    await expect(store.copy(archive, quiet)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      data: { what: expect.stringContaining('were not those that were sent') },
    });
    expect((await store.list(still)).filter(({ partial }) => !partial)).toEqual([]);
    isBad = false;
    expect(await store.copy(archive, quiet)).toMatchObject({ state: 'verified' });
  });

  it('on the disk of the server are noticed when it is read again', async () => {
    const { store } = await offsite();
    await store.init(still);
    const archive = world.archive({ bytes: 3 * mebibyte, vmid: 4711 });
    await store.copy(archive, quiet);
    const [found] = await store.list(still);
    if (found === undefined) throw new Error('nothing is listed');
    const file = globSync('**/objects/**/*.data', { cwd: server.devices })
      .map((path) => join(server.devices, path))
      .find((path) => readFileSync(path).equals(readFileSync(archive.files[0]?.path ?? '')));
    if (file === undefined) throw new Error('the server has no such file');
    const bytes = readFileSync(file);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    // In place: Swift keeps what it knows of it in extended attributes of this very file.
    writeFileSync(file, bytes, { flag: 'r+' });
    const read = await store.digests(found, quiet).catch((error: unknown) => error);
    expect(read).not.toEqual(new Map([[archive.files[0]?.name, archive.files[0]?.sha256]]));
  });

  it('in the place of the object are replaced, also where they are as many', async () => {
    const { store } = await offsite();
    await store.init(still);
    const archive = world.archive({ bytes: 2 * mebibyte });
    await server
      .client()
      .send(
        new PutObjectCommand({ Bucket: 'backups', Key: keyOf(archive), Body: randomBytes(2 * mebibyte) }),
      );
    expect(await store.copy(archive, quiet)).toMatchObject({ state: 'verified', proof: 'digest' });
    const [found] = await store.list(still);
    if (found === undefined) throw new Error('nothing is listed');
    expect(await store.digests(found, quiet)).toEqual(
      new Map([[archive.files[0]?.name, archive.files[0]?.sha256]]),
    );
  });

  it('of a source that changed since it was backed up are never completed', async () => {
    const { store } = await offsite();
    await store.init(still);
    for (const bytes of [mebibyte, 20 * mebibyte]) {
      const archive = world.archive({ bytes });
      const [file] = archive.files;
      if (file === undefined) throw new Error('no file');
      writeFileSync(file.path, randomBytes(bytes));
      await expect(store.copy(archive, quiet)).rejects.toMatchObject({ code: 'ARCHIVE_CHANGED' });
    }
    expect(await store.list(still)).toEqual([]);
  });
});

describe('what is there already', () => {
  it('is compared and not sent again; an upload of the same file that nobody needs is ended, others stay', async () => {
    const { store, front: at } = await offsite();
    await store.init(still);
    const archive = world.archive({ bytes: 20 * mebibyte });
    await store.copy(archive, quiet);
    const client = server.client();
    const others = `lab-${prefixes}/of-somebody-else`;
    for (const Key of [keyOf(archive), others])
      await client.send(new CreateMultipartUploadCommand({ Bucket: 'backups', Key }));
    const before = at.partsSent().length;
    expect(await store.copy(archive, quiet)).toMatchObject({ state: 'verified', proof: 'digest' });
    expect(at.partsSent().length).toBe(before);
    const { Uploads } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: 'backups', Prefix: `lab-${prefixes}/` }),
    );
    expect(Uploads?.map(({ Key }) => Key)).toEqual([others]);
  });

  it('is read back where the server’s digest is of another kind', async () => {
    const { store } = await offsite({ etag: (etag) => `"${etag.replaceAll('"', '').slice(0, 8)}-kms"` });
    await store.init(still);
    const archive = world.archive({ bytes: mebibyte });
    expect(await store.copy(archive, quiet)).toMatchObject({ state: 'verified', proof: 'read-back' });
  });
});

describe('a server', () => {
  it('with a certificate of a private CA is reached once the lab names the CA, and not before', async () => {
    const folder = join(world.ssh.folder, 'ca');
    mkdirSync(folder);
    const { ca, key, cert } = makePrivateCa(folder);
    const { store, targets } = await offsite({ tls: { key, cert } });
    expect(await store.check(still)).toMatchObject({
      state: 'unreachable',
      problem: { code: 'TARGET_UNREACHABLE', what: expect.stringContaining('certificate') },
    });
    const prefix = `lab-${prefixes}/`;
    world.define({ offsite: s3Target(front?.endpoint ?? '', { prefix, caFile: 'cluster/ca.pem' }) });
    writeFileSync(join(world.lab, 'cluster', 'ca.pem'), 'not a certificate');
    expect(await targets.look(still)).toMatchObject([
      { state: 'unreachable', problem: { code: 'LAB_FILE_INVALID' } },
    ]);
    writeFileSync(join(world.lab, 'cluster', 'ca.pem'), ca);
    expect(await targets.init('offsite', still)).toMatchObject({ state: 'ready' });
  });

  it('that does not take the key, or has no such bucket, says so in words', async () => {
    const { secrets, targets } = await offsite();
    const prefix = `lab-${prefixes}/`;
    const at = front?.endpoint ?? '';
    await secrets.seal('wrong', Buffer.from('not the key'), { replace: true });
    await secrets.seal('wrong-key', Buffer.from('not-the-key'), { replace: true });
    world.define({
      secret: s3Target(at, { prefix, secretKey: 'wrong-key' }),
      access: s3Target(at, { prefix, accessKey: 'wrong-key' }),
      bucket: s3Target(at, { prefix, bucket: 'not-there' }),
      blanks: s3Target(at, { prefix, secretKey: 'wrong' }),
      unsealed: s3Target(at, { prefix, secretKey: 'nobody-sealed-it' }),
      nobody: s3Target('http://127.0.0.1:1', { prefix }),
    });
    const looks = await targets.look(still);
    expect(looks.map(({ target, state, problem }) => [target, state, problem?.code])).toEqual([
      ['secret', 'unreachable', 'TARGET_REFUSED'],
      ['access', 'unreachable', 'TARGET_REFUSED'],
      ['bucket', 'unreachable', 'TARGET_REFUSED'],
      ['blanks', 'unreachable', 'TARGET_REFUSED'],
      ['unsealed', 'unreachable', 'SECRET_UNKNOWN'],
      ['nobody', 'unreachable', 'TARGET_UNREACHABLE'],
    ]);
    expect(looks[0]?.problem?.what).toContain('secret key does not fit');
    expect(looks[2]?.problem?.what).toContain('no such bucket');
  });
});

describe('the keys', () => {
  it('are in no file, no command line and no problem, whatever fails', async () => {
    const lines = new Set<string>();
    const look = () => {
      for (const path of globSync('/proc/[0-9]*/{cmdline,environ}')) {
        try {
          lines.add(readFileSync(path, 'latin1'));
        } catch {
          // It ended meanwhile, or is not ours to see.
        }
      }
    };
    const { store, targets } = await offsite();
    await store.init(still);
    const archive = world.archive({ bytes: 20 * mebibyte });
    await store.copy(archive, { ...quiet, progress: look });
    const problems: unknown[] = [];
    const at = front?.endpoint ?? '';
    world.define({ offsite: s3Target(at, { prefix: `lab-${prefixes}/`, bucket: 'not-there' }) });
    problems.push(await targets.look(still));
    const failed = await (await targets.open('offsite'))
      .copy(archive, quiet)
      .catch((error: unknown) => error);
    problems.push(failed, inspected(failed));
    look();
    const written = globSync('**/*', { cwd: world.ssh.folder })
      .map((path) => join(world.ssh.folder, path))
      .filter((path) => !path.includes('/disks/'))
      .map((path) => {
        try {
          return readFileSync(path, 'latin1');
        } catch {
          return '';
        }
      });
    expect(written.length).toBeGreaterThan(10);
    expect(lines.size).toBeGreaterThan(3);
    for (const text of [...written, ...lines, JSON.stringify(problems)]) {
      expect(text.includes(server.secretKey)).toBe(false);
      // The server itself was told its access key so.
      if (!text.includes('swift_server.py')) expect(text.includes(server.accessKey)).toBe(false);
    }
  });
});

/** All that an error carries, on every level. */
function inspected(error: unknown): string {
  const seen: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    seen.push(String(at), at.stack ?? '', JSON.stringify(Object.getOwnPropertyDescriptors(at)));
  return seen.join('\n');
}

/** How many parts of it the server has. */
async function partsAt(archive: ReturnType<TargetWorld['archive']>): Promise<number> {
  const client = server.client();
  const target = { Bucket: 'backups', Key: keyOf(archive) };
  const { Uploads } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: 'backups', Prefix: target.Key }),
  );
  const UploadId = Uploads?.[0]?.UploadId;
  if (UploadId === undefined) return 0;
  return (await client.send(new ListPartsCommand({ ...target, UploadId }))).Parts?.length ?? 0;
}
