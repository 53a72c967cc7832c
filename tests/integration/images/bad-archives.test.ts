import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, crc32 } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { createImageCache } from '../../../electron/services/images/create-image-cache.ts';
import { decompress } from '../../../electron/services/images/decompress.ts';
import { detectFormat } from '../../../electron/services/images/image-format.ts';
import type { Problem, ProblemCode } from '../../../shared/problem.ts';
import { requireTools } from '../../rig/required-tools.ts';
import {
  diskImage,
  expectRefused,
  pack,
  problemOf,
  publish,
  sha256,
  withFolder,
  xz,
  type ZipEntry,
  zip,
  needsXz,
} from './image-fixtures.ts';

beforeEach(needsXz);

const disk = diskImage();
const half = Math.floor(disk.length / 2 / 4096) * 4096;

type Xz = 'system' | 'library';

/** The inventory names exactly these bytes, as `sifaka images add` would: only the file itself can tell what is wrong. */
async function refuse(bytes: Uint8Array, code: ProblemCode, xzWay: Xz = 'system'): Promise<Problem> {
  let problem: Problem | undefined;
  await withFolder(async (folder) => {
    const { file, image } = await publish(folder, bytes);
    const cacheFolder = join(folder, 'cache');
    const cache = createImageCache({ folder: cacheFolder, xz: xzWay });
    problem = await expectRefused(cache.ensure(image, { file }), code, cacheFolder);
  });
  if (!problem) throw new Error('not refused');
  return problem;
}

async function accept(bytes: Uint8Array, content: Uint8Array, xzWay: Xz = 'system'): Promise<void> {
  await withFolder(async (folder) => {
    const { file, image } = await publish(folder, bytes);
    const cached = await createImageCache({ folder: join(folder, 'cache'), xz: xzWay }).ensure(image, {
      file,
    });
    expect(cached.rawSha256).toBe(sha256(content));
    expect((await readFile(cached.path)).equals(content)).toBe(true);
  });
}

function zstd(...options: string[]): Buffer {
  return execFileSync('zstd', ['-q', '-c', ...options], { input: disk, maxBuffer: 64 * 1024 * 1024 });
}

/** The stream read in two pieces, the second from `cut`. */
async function unpack(bytes: Buffer, cut: number, xzWay: Xz): Promise<Uint8Array[]> {
  const format = detectFormat(bytes);
  if (format !== 'gz' && format !== 'xz' && format !== 'zst') throw new Error('not a stream');
  const read = async function* (): AsyncGenerator<Buffer, void> {
    yield bytes.subarray(0, cut);
    yield bytes.subarray(cut);
  };
  const parts: Uint8Array[] = [];
  const xzProgram = xzWay === 'system' ? 'xz' : undefined;
  for await (const part of decompress(format, read(), { file: 'image', xzProgram })) parts.push(part);
  return parts;
}

function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}

const streams: [string, Xz, (bytes: Uint8Array) => Buffer][] = [
  ['gz', 'system', pack.gz],
  ['zst', 'system', (bytes) => pack.zst(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })],
  ['xz by the system', 'system', xz],
  ['xz by the library', 'library', xz],
];

describe.each(streams)('%s', (_, xzWay, packed) => {
  const whole = packed(disk);

  test.each([1, 3, 4, 7, 8, 12, 1000, whole.length >> 1, whole.length - 13, whole.length - 7])(
    'without its last %i bytes it is truncated',
    async (missing) =>
      void (await refuse(whole.subarray(0, whole.length - missing), 'IMAGE_TRUNCATED', xzWay)),
  );

  test('a second part that was cut is noticed', async () => {
    const second = packed(randomBytes(100_000));
    for (const length of [3, 11, 50_000]) {
      await refuse(Buffer.concat([whole, second.subarray(0, length)]), 'IMAGE_TRUNCATED', xzWay);
    }
  });

  test('a changed bit in its data or its check is noticed', async () => {
    for (const at of [whole.length >> 1, whole.length - 2])
      await refuse(flipped(whole, at), 'IMAGE_CORRUPT', xzWay);
  });

  test('what follows its end is refused, also behind zeros', async () => {
    for (const rest of ['garbage that is no header', `${'\0'.repeat(8)}garbage that is no header`]) {
      await refuse(Buffer.concat([whole, Buffer.from(rest)]), 'IMAGE_CORRUPT', xzWay);
    }
  });

  test('parts put behind each other are all unpacked', async () => {
    const parts = [disk.subarray(0, half), disk.subarray(half, half + 1), disk.subarray(half + 1)];
    await accept(Buffer.concat(parts.map((part) => packed(part))), disk, xzWay);
  });

  test('where a read ends changes nothing, at the border of two parts or before something else', async () => {
    const next = packed(disk.subarray(half));
    const first = packed(disk.subarray(0, half));
    const garbage = Buffer.from('\0\0\0\0garbage that is no header');
    for (const cut of [-9, -8, -4, -1, 0, 1, 4, 6, 9, 18]) {
      expect(
        Buffer.concat(await unpack(Buffer.concat([first, next]), first.length + cut, xzWay)).equals(disk),
      ).toBe(true);
      const problem = await problemOf(unpack(Buffer.concat([first, garbage]), first.length + cut, xzWay));
      expect(problem.code).toBe('IMAGE_CORRUPT');
    }
  });

  test('packed twice, or holding no disk, is refused', async () => {
    await refuse(packed(whole), 'IMAGE_FORMAT_UNKNOWN', xzWay);
    await refuse(packed(randomBytes(100_000)), 'IMAGE_FORMAT_UNKNOWN', xzWay);
    await refuse(packed(Buffer.alloc(0)), 'IMAGE_FORMAT_UNKNOWN', xzWay);
    await refuse(packed(Buffer.from('hello')), 'IMAGE_FORMAT_UNKNOWN', xzWay);
  });

  test('a disk image that was cut before it was packed is refused', async () => {
    await refuse(packed(disk.subarray(0, half)), 'IMAGE_TRUNCATED', xzWay);
    await refuse(packed(disk.subarray(0, disk.length - 100)), 'IMAGE_TRUNCATED', xzWay);
  });
});

describe('what only one format has', () => {
  test('gz: zeros behind the end are padding', async () => {
    await accept(Buffer.concat([pack.gz(disk), Buffer.alloc(2_000_000)]), disk);
  });

  test('zst: skippable frames are skipped, first and last', async () => {
    const skippable = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);
    const whole = pack.zst(disk);
    await accept(Buffer.concat([skippable, whole, skippable]), disk);
    await refuse(Buffer.concat([whole, skippable.subarray(0, 9)]), 'IMAGE_TRUNCATED');
  });

  test('zst: files of the zstd program, with and without checksum and content size, by several frames', async (context) => {
    requireTools(context, 'zstd');
    for (const options of [
      ['-1'],
      ['--no-check'],
      ['-19', '--ultra'],
      ['--no-content-size'],
      ['--long=27'],
    ]) {
      await accept(zstd(...options), disk);
    }
  });

  test('zst: a block that claims to be larger than any may be is refused', async () => {
    // A raw block (type 0) of 2^21 - 1 bytes, the last one; RFC 8878, section 3.1.1.2.
    const block = Buffer.alloc(64);
    block.writeUIntLE(1 | (0x1fffff << 3), 0, 3);
    await refuse(Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), block]), 'IMAGE_CORRUPT');
  });

  test('zst: a window that would need gigabytes is refused with words', async () => {
    // Frame header without content size, window descriptor 0xa0: 2^30 bytes (RFC 8878, section 3.1.1.1.2).
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00]);
    expect((await refuse(frame, 'IMAGE_FORMAT_UNKNOWN')).data.what).toContain('window');
  });

  test.each<[Xz]>([['system'], ['library']])(
    'xz: every check, many blocks and padding, by the %s',
    async (way) => {
      for (const check of ['none', 'crc32', 'crc64']) await accept(xz(disk, `--check=${check}`), disk, way);
      await accept(xz(disk, '--block-size=65536'), disk, way);
      await accept(Buffer.concat([xz(disk), Buffer.alloc(512)]), disk, way);
      await refuse(Buffer.concat([xz(disk), Buffer.alloc(3)]), 'IMAGE_CORRUPT', way).catch(
        async () => await refuse(Buffer.concat([xz(disk), Buffer.alloc(3)]), 'IMAGE_TRUNCATED', way),
      );
      const blocks = xz(disk, '--block-size=65536');
      await refuse(flipped(blocks, blocks.length - 40), 'IMAGE_CORRUPT', way);
    },
  );

  test('xz: a SHA-256 check is verified by the system, and refused by the library that cannot', async () => {
    const whole = xz(disk, '--check=sha256');
    await accept(whole, disk, 'system');
    await refuse(flipped(whole, whole.length >> 1), 'IMAGE_CORRUPT', 'system');
    expect((await refuse(whole, 'IMAGE_FORMAT_UNKNOWN', 'library')).data.what).toContain('xz-utils');
  });

  test('xz: a dictionary that would need gigabytes is refused', async () => {
    const whole = xz(disk);
    // Block header at 12: size, flags, filter 0x21, size of properties, dictionary size, padding, CRC32 over what is before.
    const header = Buffer.from(whole.subarray(12, 12 + (whole.readUInt8(12) + 1) * 4));
    const hostile = Buffer.concat([
      whole.subarray(0, 12),
      withDictionary(header, 40),
      whole.subarray(12 + header.length),
    ]);
    await refuse(hostile, 'IMAGE_FORMAT_UNKNOWN', 'system');
    await refuse(hostile, 'IMAGE_FORMAT_UNKNOWN', 'library');
  });
});

/** 40 stands for 4 GiB − 1 (the .xz file format 1.2.1, section 5.3.1). */
function withDictionary(header: Buffer, size: number): Buffer {
  const at = header.indexOf(Buffer.from([0x21, 0x01])) + 2;
  header.writeUInt8(size, at);
  header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4);
  return header;
}

describe('raw and unknown files', () => {
  test('an empty file is truncated', async () => void (await refuse(Buffer.alloc(0), 'IMAGE_TRUNCATED')));

  test('a raw image that was cut is refused, in a sector and between two', async () => {
    await refuse(disk.subarray(0, half), 'IMAGE_TRUNCATED');
    await refuse(disk.subarray(0, disk.length - 1), 'IMAGE_TRUNCATED');
  });

  test.each(
    Object.entries({
      random: randomBytes(100_000),
      text: Buffer.from('#!/bin/sh\n'),
      zeros: Buffer.alloc(1024 * 1024),
      'bzip2 with a boot signature in it': bootSignatureIn(
        Buffer.concat([Buffer.from('BZh9'), randomBytes(4096)]),
      ),
      'qcow2 with a boot signature in it': bootSignatureIn(
        Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), randomBytes(4096)]),
      ),
      '7z with a boot signature in it': bootSignatureIn(
        Buffer.concat([Buffer.from('377abcaf271c', 'hex'), randomBytes(4096)]),
      ),
      'a compressed file without its first byte': pack.zst(disk).subarray(1),
    }),
  )('%s is refused', async (_, bytes) => void (await refuse(bytes, 'IMAGE_FORMAT_UNKNOWN')));

  test('a name that ends in .zst changes nothing', async () => {
    await withFolder(async (folder) => {
      const { image } = await publish(folder, disk);
      const file = join(folder, 'image.zst');
      await writeFile(file, disk);
      expect(
        (await createImageCache({ folder: join(folder, 'cache') }).ensure(image, { file })).rawSha256,
      ).toBe(sha256(disk));
    });
  });
});

function bootSignatureIn(bytes: Buffer): Buffer {
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
}

describe('zip', () => {
  const entry: ZipEntry = { name: 'disk.img', data: disk };

  test('names that would lead elsewhere are not looked at; folders are passed over', async () => {
    for (const name of [
      '../../../../etc/passwd',
      '/etc/passwd',
      'C:\\Windows\\x',
      '\u001b]0;x\u0007',
      'a'.repeat(4000),
    ]) {
      await accept(
        zip([
          { name: 'folder/', data: Buffer.alloc(0), method: 0 },
          { ...entry, name },
        ]),
        disk,
      );
    }
  });

  const hostile: [string, ProblemCode, () => Buffer][] = [
    ['two files', 'IMAGE_FORMAT_UNKNOWN', () => zip([entry, { name: 'README', data: Buffer.from('x') }])],
    [
      'two files, the image last',
      'IMAGE_FORMAT_UNKNOWN',
      () => zip([{ name: 'README', data: Buffer.from('x') }, entry]),
    ],
    ['no file', 'IMAGE_FORMAT_UNKNOWN', () => zip([{ name: 'folder/', data: Buffer.alloc(0), method: 0 }])],
    ['an encrypted file', 'IMAGE_FORMAT_UNKNOWN', () => zip([{ ...entry, flags: 1 }])],
    ['strong encryption', 'IMAGE_FORMAT_UNKNOWN', () => zip([{ ...entry, flags: 0x41 }])],
    ['an unknown method', 'IMAGE_FORMAT_UNKNOWN', () => zip([{ ...entry, method: 12 }])],
    ['a size that is too small', 'IMAGE_CORRUPT', () => zip([{ ...entry, claimedSize: 1024 }])],
    ['a size that is too large', 'IMAGE_CORRUPT', () => zip([{ ...entry, claimedSize: disk.length + 512 }])],
    ['a wrong CRC-32', 'IMAGE_CORRUPT', () => zip([{ ...entry, crc: 1 }])],
    ['a changed byte', 'IMAGE_CORRUPT', () => flipped(zip([{ ...entry, method: 0 }]), half)],
    ['something behind its end', 'IMAGE_CORRUPT', () => Buffer.concat([zip([entry]), Buffer.from('more')])],
    ['its end cut off', 'IMAGE_TRUNCATED', () => zip([entry]).subarray(0, -30)],
    ['its half cut off', 'IMAGE_TRUNCATED', () => zip([entry]).subarray(0, half)],
    ['a packed image in it', 'IMAGE_FORMAT_UNKNOWN', () => zip([{ name: 'disk.img', data: pack.gz(disk) }])],
    ['a cut image in it', 'IMAGE_TRUNCATED', () => zip([{ name: 'disk.img', data: disk.subarray(0, half) }])],
  ];
  test.each(hostile)('with %s is refused (%s)', async (_, code, bytes) => void (await refuse(bytes(), code)));

  test('an archive of the zip program, and one it encrypted', async (context) => {
    requireTools(context, 'zip');
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'disk.img'), disk);
      execFileSync('zip', ['-q', 'plain.zip', 'disk.img'], { cwd: folder });
      execFileSync('zip', ['-q', '-P', 'pass', 'encrypted.zip', 'disk.img'], { cwd: folder });
      await accept(await readFile(join(folder, 'plain.zip')), disk);
      await refuse(await readFile(join(folder, 'encrypted.zip')), 'IMAGE_FORMAT_UNKNOWN');
    });
  });
});
