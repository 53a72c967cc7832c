import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectOverPipe } from '../../../electron/writer/windows-connection.ts';
import { openNamedImage } from '../../../electron/writer/windows-image.ts';

const pipe = `\\\\.\\pipe\\sifaka-${'0'.repeat(32)}`;
const token = 'a'.repeat(64);

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sifaka-hostile-')));
});
afterEach(() => rm(folder, { recursive: true }));

async function files(contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder, name), text);
}

/** What the elevated writer finds in the folder it is started with, which whoever started it may change. */
describe('a private folder', () => {
  it.each([
    ['that is empty', {}],
    ['without a token', { socket: pipe }],
    ['without a pipe', { token }],
    ['with another pipe', { token, socket: '\\\\.\\pipe\\spoolss' }],
    ['with a pipe of another machine', { token, socket: pipe.replace('.', 'server') }],
    ['with a file for a pipe', { token, socket: 'C:\\Windows\\win.ini' }],
    ['with more than a pipe', { token, socket: `${pipe}\n` }],
    ['with a token that is something else', { token: 'root:$6$salt$hash:19000:0:99999:7:::', socket: pipe }],
    ['with a token that is too much', { token: `${token}a`, socket: pipe }],
    ['with a token that is very much', { token: 'a'.repeat(1 << 20), socket: pipe }],
  ])('%s is nobody’s', async (_what, contents) => {
    await files(contents);
    await expect(connectOverPipe(folder)).rejects.toThrow(/nobody waits|not what it should be/);
  });

  it('with a link to a file that only administrators read is nobody’s', async () => {
    await files({ secret: token, socket: pipe });
    await symlink(join(folder, 'secret'), join(folder, 'token'));
    await expect(connectOverPipe(folder)).rejects.toThrow(/not what it should be/);
  });

  it.each(['.', '../x', '\\\\server\\share', '//server/share'])('is not at %j', async (path) => {
    await expect(connectOverPipe(path)).rejects.toThrow(/no plain path/);
  });
});

describe('the golden image by its name', () => {
  const content = Buffer.from('the golden image');
  const image = {
    name: 'golden',
    fileSha256: '0'.repeat(64),
    rawSha256: createHash('sha256').update(content).digest('hex'),
    size: content.length,
  };
  const { signal } = new AbortController();
  let path = '';
  beforeEach(async () => {
    path = join(folder, 'golden.img');
    await writeFile(path, content);
  });
  const refused = expect.objectContaining({ code: 'PLAN_CHANGED' });

  it('is opened when all of it is what the plan says', async () => {
    const source = await openNamedImage(path, image, signal);
    const found = Buffer.alloc(content.length);
    source.read(found, 0);
    source.close();
    expect(found).toEqual(content);
  });

  it('is not another file of the same size', async () => {
    await writeFile(path, Buffer.from('the silver image'));
    await expect(openNamedImage(path, image, signal)).rejects.toEqual(refused);
  });

  it.each([
    ['shorter', content.subarray(1)],
    ['longer', Buffer.concat([content, content])],
    ['empty', Buffer.alloc(0)],
  ])('is not %s', async (_what, other) => {
    await writeFile(path, other);
    await expect(openNamedImage(path, image, signal)).rejects.toEqual(refused);
  });

  it('is not reached through a link', async () => {
    await symlink(path, join(folder, 'link.img'));
    await symlink(folder, join(folder, 'inside'));
    await expect(openNamedImage(join(folder, 'link.img'), image, signal)).rejects.toEqual(refused);
    await expect(openNamedImage(join(folder, 'inside', 'golden.img'), image, signal)).rejects.toEqual(
      refused,
    );
  });

  it('is not a folder, nothing, or on another machine', async () => {
    await mkdir(join(folder, 'folder'));
    const others = [join(folder, 'folder'), join(folder, 'nothing'), '//server/share/golden.img', undefined];
    for (const other of others) {
      await expect(openNamedImage(other, image, signal)).rejects.toEqual(refused);
    }
  });

  it('is not read to its end for a job that was cancelled', async () => {
    await expect(openNamedImage(path, image, AbortSignal.abort())).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
