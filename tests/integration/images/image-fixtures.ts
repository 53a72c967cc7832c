import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, type TestContext } from 'vitest';
import { asProblem, type Problem, type ProblemCode } from '../../../shared/problem.ts';
import type { GoldenImage } from '../../../shared/schemas/inventory.ts';
import { isOnPath, requireTools } from '../../rig/required-tools.ts';

export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-images-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A disk with an MBR, one partition up to its end, random content and a run of zeros in the middle. */
export function diskImage(size = 768 * 1024): Buffer {
  const disk = randomBytes(size);
  disk.fill(0, Math.floor(size / 4 / 4096) * 4096, Math.floor(size / 2));
  disk.fill(0, 0, 512);
  disk.writeUInt8(0x83, 446 + 4);
  disk.writeUInt32LE(64, 446 + 8);
  disk.writeUInt32LE(size / 512 - 64, 446 + 12);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function goldenImage(fileSha256: string): GoldenImage {
  return {
    file: 'image',
    sha256: fileSha256,
    description: '',
    rootPartition: 1,
    bootMount: '/boot/firmware',
  };
}

/** Writes the file under a name that says nothing, and answers what the inventory would say of it. */
export async function publish(
  folder: string,
  bytes: Uint8Array,
): Promise<{ file: string; image: GoldenImage }> {
  const file = join(folder, `published-${sha256(bytes).slice(0, 12)}`);
  await writeFile(file, bytes);
  return { file, image: goldenImage(sha256(bytes)) };
}

/** XZ Utils, for tests only: nothing in Node writes .xz. Without it there is nothing, and `needsXz` has skipped the test. */
export function xz(bytes: Uint8Array, ...options: string[]): Buffer {
  if (!isOnPath('xz')) return Buffer.alloc(0);
  return execFileSync('xz', ['-c', '-T1', '-0', ...options], { input: bytes, maxBuffer: 64 * 1024 * 1024 });
}

export function needsXz(context: TestContext): void {
  requireTools(context, 'xz');
}

export const pack = { gz: gzipSync, zst: zstdCompressSync, xz };

export interface ZipEntry {
  name: string;
  data: Uint8Array;
  flags?: number;
  crc?: number;
  /** What the headers claim, when it is not the truth. */
  claimedSize?: number;
  method?: number;
}

/** A .zip as APPNOTE.TXT 6.3.10 lays it out (4.3.7, 4.3.12, 4.3.16), with lies where a test wants them. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, flags = 0, crc = crc32(data), claimedSize = data.length, method = 8 } of entries) {
    const packed = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimedSize, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]));
    files.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, ...directory, Buffer.from('PK\x05\x06'), end]);
}

export async function problemOf(attempt: Promise<unknown>): Promise<Problem> {
  const outcome = await attempt.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  const problem = asProblem(outcome);
  if (!problem) throw new Error('expected a problem', { cause: outcome });
  for (const text of [problem.data.what, problem.data.state, problem.data.next])
    expect(text).toMatch(/^[^\p{Cc}]+$/u);
  return problem;
}

/** The attempt fails with this code and leaves nothing in the cache: no image, no entry, no temporary file. */
export async function expectRefused(
  attempt: Promise<unknown>,
  code: ProblemCode,
  cache: string,
): Promise<Problem> {
  const problem = await problemOf(attempt);
  expect(problem.code).toBe(code);
  expect(await readdir(cache)).toEqual([]);
  return problem;
}
