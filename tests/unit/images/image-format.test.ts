import { describe, expect, test } from 'vitest';
import { checkedContent } from '../../../electron/services/images/checked-content.ts';
import { detectFormat } from '../../../electron/services/images/image-format.ts';
import { endOfLastPartition, partitionTableBytes } from '../../../electron/services/images/partition-ends.ts';
import { asProblem } from '../../../shared/problem.ts';

function mbr(...partitions: [type: number, first: number, sectors: number][]): Buffer {
  const table = Buffer.alloc(partitionTableBytes);
  table.writeUInt16LE(0xaa55, 510);
  partitions.forEach(([type, first, sectors], index) => {
    table.writeUInt8(type, 446 + 16 * index + 4);
    table.writeUInt32LE(first, 446 + 16 * index + 8);
    table.writeUInt32LE(sectors, 446 + 16 * index + 12);
  });
  return table;
}

function gpt(sector: number, ...lastSectors: number[]): Buffer {
  const table = mbr([0xee, 1, 0xffffffff]);
  table.write('EFI PART', sector, 'latin1');
  table.writeBigUInt64LE(2n, sector + 72);
  table.writeUInt32LE(128, sector + 80);
  table.writeUInt32LE(128, sector + 84);
  lastSectors.forEach((last, index) => {
    table.writeUInt8(1, 2 * sector + 128 * index);
    table.writeBigUInt64LE(BigInt(last), 2 * sector + 128 * index + 40);
  });
  return table;
}

describe('what a file is, by its first bytes', () => {
  test('disk images and the four containers', () => {
    expect(detectFormat(mbr())).toBe('raw');
    expect(detectFormat(mbr().subarray(0, 512))).toBe('raw');
    const gptOnly = gpt(512, 100);
    gptOnly.fill(0, 0, 512);
    expect(detectFormat(gptOnly)).toBe('raw');
    expect(detectFormat(gpt(4096, 100).fill(0, 0, 512))).toBe('raw');
    expect(detectFormat(Buffer.from('1f8b0800', 'hex'))).toBe('gz');
    expect(detectFormat(Buffer.from('fd377a585a00', 'hex'))).toBe('xz');
    expect(detectFormat(Buffer.from('28b52ffd', 'hex'))).toBe('zst');
    expect(detectFormat(Buffer.from('5e2a4d18', 'hex'))).toBe('zst');
    expect(detectFormat(Buffer.from('PK\x03\x04', 'latin1'))).toBe('zip');
  });

  test('a container with a boot signature in it is a container', () => {
    expect(detectFormat(Buffer.concat([Buffer.from('28b52ffd', 'hex'), mbr().subarray(4)]))).toBe('zst');
    expect(detectFormat(Buffer.concat([Buffer.from('BZh'), mbr().subarray(3)]))).toEqual({
      unknown: 'bzip2 data',
    });
  });

  test('nothing else is taken for anything', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(8192),
      mbr().subarray(0, 511),
      Buffer.from('PK\x05\x06', 'latin1'),
      Buffer.from('1f8b01', 'hex'),
    ]) {
      expect(detectFormat(bytes)).toHaveProperty('unknown');
    }
  });
});

describe('where the last partition ends', () => {
  test('MBR: the farthest of the entries, in bytes', () => {
    expect(endOfLastPartition(mbr())).toBe(0);
    expect(endOfLastPartition(mbr([0x0c, 8192, 1000], [0x83, 2048, 100]))).toBe((8192 + 1000) * 512);
    expect(endOfLastPartition(mbr([0x83, 0xffffffff, 0xffffffff]))).toBe(2 * 0xffffffff * 512);
    expect(endOfLastPartition(mbr([0, 8192, 1000]))).toBe(0);
  });

  test('GPT: its own entries count, not the protective one; on both sector sizes', () => {
    expect(endOfLastPartition(gpt(512, 4095, 99))).toBe(4096 * 512);
    expect(endOfLastPartition(gpt(4096, 99))).toBe(100 * 4096);
    expect(endOfLastPartition(gpt(512))).toBe(0);
  });

  test('a table that was cut or lies about itself is read as far as it goes', () => {
    expect(endOfLastPartition(gpt(512, 99).subarray(0, 600))).toBe(0);
    const odd = gpt(512, 99);
    odd.writeUInt32LE(0xffffffff, 512 + 84);
    expect(endOfLastPartition(odd)).toBe(0);
    odd.writeUInt32LE(128, 512 + 84);
    odd.writeBigUInt64LE(0xffffffffffffffffn, 512 + 72);
    expect(endOfLastPartition(odd)).toBe(0);
  });
});

test('content beyond the free space is not taken, however it is packed', async () => {
  let given = 0;
  const endless = async function* (): AsyncGenerator<Uint8Array, void> {
    for (let part = mbr(); ; part = Buffer.alloc(1024 * 1024)) {
      given += part.length;
      yield part;
    }
  };
  const limitBytes = 10 * 1024 * 1024;
  let passed = 0;
  const run = async (): Promise<void> => {
    const checks = { file: 'image', folder: 'cache', signal: undefined, limitBytes };
    for await (const part of checkedContent(endless(), checks)) passed += part.length;
  };
  const problem = await run().then(() => undefined, asProblem);
  expect(problem?.code).toBe('CACHE_FULL');
  expect(passed).toBeLessThanOrEqual(limitBytes);
  expect(given).toBeLessThan(limitBytes + 2 * 1024 * 1024);
});
