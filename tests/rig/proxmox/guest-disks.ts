import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A disk's bytes, the same for the same seed: a mark and the SHA-256 of the rest in the first 512, then bytes that nothing
 * compresses, then zeros. A stand-in lets a guest answer only when all its disks are whole.
 */
export function diskBytes(seed: string, size: number, filled = Math.floor(size / 2)): Buffer {
  const disk = Buffer.alloc(size);
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  const length = Math.max(0, Math.min(filled, size) - 512);
  cipher.update(Buffer.alloc(length)).copy(disk, 512);
  disk.write('RIGBOOT1');
  createHash('sha256').update(disk.subarray(512)).digest().copy(disk, 8);
  return disk;
}

export function writeDisk(file: string, seed: string, size: number, filled?: number): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, diskBytes(seed, size, filled));
}

/** A container's root: some files of its own, one of `size` bytes, and the digest of all of them. */
export function writeRoot(folder: string, hostname: string, size: number): void {
  const digest = createHash('sha256');
  const files: readonly (readonly [string, string | Buffer])[] = [
    ['etc/hostname', `${hostname}\n`],
    ['etc/os-release', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'],
    ['srv/data', diskBytes(hostname, size, size)],
  ];
  for (const [name, content] of files) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    digest.update(`${name}\0`).update(content);
  }
  writeFileSync(join(folder, '.rig-sha256'), `${digest.digest('hex')}\n`);
}
