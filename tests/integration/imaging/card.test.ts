import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../electron/imaging/block-source.ts';
import type { BlockTarget } from '../../../electron/imaging/block-target.ts';
import { intersectRanges, totalLength } from '../../../electron/imaging/byte-ranges.ts';
import type { CardImage } from '../../../electron/imaging/card-image.ts';
import { createFileTarget } from '../../../electron/imaging/file-target.ts';
import { openCardImage } from '../../../electron/imaging/open-card-image.ts';
import { verifyAgainstDigests, verifyRanges } from '../../../electron/imaging/verify.ts';
import { writeCard } from '../../../electron/imaging/write.ts';
import { asProblem } from '../../../shared/problem.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { contentOf, DEBIAN_12, makeImage, noise, overwriteAt, readAt } from './images.ts';
import { run, scratchFolder } from './tools.ts';

const MIB = 2 ** 20;
const SECRET = 'the-token-nobody-may-read';

let folder: ReturnType<typeof scratchFolder>;
let image: CardImage;
let mapped: ByteRange[];
let targets: BlockTarget[] = [];

const keyedBy = (key: string) => async () => {
  const hash = createHmac('sha256', key);
  return {
    update: (bytes: Uint8Array) => void hash.update(bytes),
    digest: () => `hmac-sha256:${hash.digest('hex')}`,
  };
};

const keyedHash = keyedBy('a key');

beforeEach(async (context) => {
  requireTools(context, 'mke2fs', 'mkfs.vfat', 'e2fsck', 'fsck.vfat', 'debugfs', 'sfdisk', 'mtype');
  folder = scratchFolder();
  const root = folder.file('root');
  mkdirSync(`${root}/etc`, { recursive: true });
  writeFileSync(`${root}/large`, noise(5 * MIB, 8));
  makeImage(folder.file('golden.img'), 'gpt', [
    { kind: 'fat', mib: 8, options: ['-F', '16', '-s', '1'] },
    { kind: 'ext4', mib: 24, options: DEBIAN_12, content: root },
  ]);
  image = await openCardImage(folder.file('golden.img'));
  const common = { kind: 'file', mode: 0o600, uid: 0, gid: 0 } as const;
  await image.inject(
    [
      { ...common, partition: 1, path: '/user-data', content: Buffer.from('#cloud-config\n') },
      { ...common, partition: 2, path: '/etc/token', content: Buffer.from(SECRET) },
    ],
    { clock: new Date('2025-06-07T08:09:10Z') },
  );
  mapped = await image.mapped();
});
afterEach(async () => {
  for (const target of targets) await target.close();
  targets = [];
  image?.close();
  folder?.remove();
});

/** A used card: random bytes from the first to the last, larger than the image. */
async function usedCard(size = 40 * MIB): Promise<BlockTarget> {
  writeFileSync(folder.file('card'), noise(size, 4242));
  const target = await createFileTarget(folder.file('card'), { mode: 'write' });
  targets.push(target);
  return target;
}

describe('a written card', () => {
  it('equals base ⊕ delta on every mapped range, over random bytes, and boots nothing old', async () => {
    const target = await usedCard();
    const progress: { step: string; done: number; total: number }[] = [];
    const written = await writeCard({
      image,
      mapped,
      target,
      keyedHash,
      onProgress: (one) => progress.push(one),
    });
    const card = readFileSync(folder.file('card'));
    const wanted = contentOf(image);
    for (const range of mapped) {
      const end = range.offset + range.length;
      expect(card.subarray(range.offset, end).equals(wanted.subarray(range.offset, end))).toBe(true);
    }
    expect(totalLength(mapped)).toBeLessThan(image.size);
    expect(written.writtenBytes).toBe(totalLength(mapped));
    expect(written.verifiedBytes).toBe(totalLength(mapped));
    // The old backup partition table is gone.
    expect(card.subarray(-33 * 512).every((byte) => byte === 0)).toBe(true);

    writeFileSync(folder.file('boot'), card.subarray(MIB, 9 * MIB));
    writeFileSync(folder.file('root.ext4'), card.subarray(9 * MIB, 33 * MIB));
    run('fsck.vfat', ['-n', folder.file('boot')]);
    run('e2fsck', ['-fn', folder.file('root.ext4')]);
    expect(run('mtype', ['-i', folder.file('boot'), '::/user-data']).toString()).toBe('#cloud-config\n');
    const debugfs = (command: string) => run('debugfs', ['-R', command, folder.file('root.ext4')]);
    expect(debugfs('cat /etc/token').toString()).toBe(SECRET);
    expect(debugfs('cat /large').equals(noise(5 * MIB, 8))).toBe(true);

    const steps = progress.map((one) => one.step);
    expect(steps.lastIndexOf('write')).toBeLessThan(steps.indexOf('verify'));
    for (const step of ['write', 'verify']) {
      const own = progress.filter((one) => one.step === step);
      expect(own.at(-1)?.done).toBe(own.at(-1)?.total);
      expect(own.every((one, index) => one.done > (own[index - 1]?.done ?? 0))).toBe(true);
    }
  });

  it('has a plain digest only where no change lies, and digests of what is on the medium', async () => {
    const target = await usedCard();
    const { ranges } = await writeCard({ image, mapped, target, keyedHash });
    const card = readFileSync(folder.file('card'));
    expect(totalLength(ranges)).toBe(totalLength(mapped));
    expect(totalLength(intersectRanges(ranges, mapped))).toBe(totalLength(mapped));
    expect(ranges).toEqual(ranges.toSorted((a, b) => a.offset - b.offset));
    for (const { digest, ...range } of ranges) {
      const changed = totalLength(intersectRanges([range], image.changed()));
      const bytes = card.subarray(range.offset, range.offset + range.length);
      expect([0, range.length]).toContain(changed);
      const hash = changed > 0 ? createHmac('sha256', 'a key') : createHash('sha256');
      expect(digest).toBe(`${changed > 0 ? 'hmac-' : ''}sha256:${hash.update(bytes).digest('hex')}`);
    }
    const holding = ranges.find(({ offset, length }) =>
      card.subarray(offset, offset + length).includes(SECRET),
    );
    expect(holding?.digest).toMatch(/^hmac-sha256:/);
    const again = await verifyRanges({ image, mapped, target, keyedHash });
    expect(await verifyAgainstDigests({ target, ranges: again, keyedHash })).toEqual({
      verifiedBytes: totalLength(mapped),
      mismatches: [],
    });
  });

  it('that fits exactly keeps its own backup partition table', async () => {
    const target = await usedCard(image.size);
    await writeCard({ image, mapped, target, keyedHash });
    expect(run('sfdisk', ['--verify', folder.file('card')]).toString()).toContain('No errors detected');
  });
});

describe('a card that is looked at again', () => {
  it('is found changed at exactly the byte that was flipped', async () => {
    const target = await usedCard();
    const { ranges } = await writeCard({ image, mapped, target, keyedHash });
    for (const at of [5, mapped.at(-1)?.offset ?? 0, 9 * MIB + 1100]) {
      const [old = 0] = readAt(folder.file('card'), at, 1);
      overwriteAt(folder.file('card'), at, Uint8Array.of(old ^ 1));
      await expect(verifyRanges({ image, mapped, target, keyedHash })).rejects.toMatchObject({
        code: 'VERIFY_MISMATCH',
        data: { what: expect.stringMatching(new RegExp(`\\b${at}\\b`)) as string },
      });
      const found = await verifyAgainstDigests({ target, ranges, keyedHash });
      expect(found.mismatches).toHaveLength(1);
      const [range] = found.mismatches;
      expect(range && range.offset <= at && at < range.offset + range.length).toBe(true);
      expect(found.verifiedBytes).toBe(totalLength(mapped) - (range?.length ?? 0));
      overwriteAt(folder.file('card'), at, Uint8Array.of(old));
    }
    expect(await verifyAgainstDigests({ target, ranges, keyedHash })).toEqual({
      verifiedBytes: totalLength(mapped),
      mismatches: [],
    });
  });

  it('is not proven under another key, nor when it is cut off', async () => {
    const target = await usedCard();
    const { ranges } = await writeCard({ image, mapped, target, keyedHash });
    const keyed = ranges.filter((range) => range.digest.startsWith('hmac-'));
    const found = await verifyAgainstDigests({ target, ranges, keyedHash: keyedBy('another key') });
    expect(found.mismatches).toEqual(keyed.map(({ offset, length }) => ({ offset, length })));

    truncateSync(folder.file('card'), 12 * MIB);
    const short = await createFileTarget(folder.file('card'), { mode: 'read' });
    targets.push(short);
    const cutOff = await verifyAgainstDigests({ target: short, ranges, keyedHash });
    const beyond = ranges.filter((range) => range.offset + range.length > 12 * MIB);
    expect(beyond.length).toBeGreaterThan(0);
    expect(cutOff.mismatches).toEqual(beyond.map(({ offset, length }) => ({ offset, length })));
  });
});

/** A target that does something before every call, and counts them. */
function watched(
  target: BlockTarget,
  before: (call: 'read' | 'write' | 'flush', at: number) => void,
): BlockTarget {
  let calls = 0;
  const note = (call: 'read' | 'write' | 'flush') => {
    calls += 1;
    before(call, calls);
  };
  return {
    size: target.size,
    readsMedium: target.readsMedium,
    read: async (buffer, offset) => {
      note('read');
      await target.read(buffer, offset);
    },
    write: async (buffer, offset) => {
      note('write');
      await target.write(buffer, offset);
    },
    flush: async () => {
      note('flush');
      await target.flush();
    },
    dropCache: () => target.dropCache(),
    close: () => target.close(),
  };
}

describe('a burn that goes wrong', () => {
  it('cancelled at any call ends as cancelled or complete, and never leaves half a bootable card', async () => {
    let total = 0;
    await writeCard({
      image,
      mapped,
      keyedHash,
      target: watched(await usedCard(), (_, at) => {
        total = at;
      }),
    });
    const whole = readFileSync(folder.file('card'), { encoding: null }).subarray(0, MIB);
    expect(total).toBeGreaterThan(20);
    const outcomes = new Set<string>();
    const points = new Set([1, 2, 3, 4, total - 3, total - 2, total - 1, total]);
    for (let at = 5; at < total - 3; at += 7) points.add(at);
    for (const point of points) {
      const abort = new AbortController();
      const target = watched(await usedCard(), (_, at) => {
        if (at === point) abort.abort();
      });
      const outcome = await writeCard({ image, mapped, keyedHash, target, signal: abort.signal }).then(
        () => 'complete',
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'CANCELLED' });
          return asProblem(error)?.data.state ?? '';
        },
      );
      outcomes.add(outcome);
      const head = readAt(folder.file('card'), 0, MIB);
      if (outcome.includes('cannot boot')) expect(head.every((byte) => byte === 0)).toBe(true);
      else expect(head.equals(whole)).toBe(true);
    }
    expect([...outcomes].some((outcome) => outcome.includes('cannot boot'))).toBe(true);
    expect([...outcomes].some((outcome) => outcome.includes('not proven') || outcome === 'complete')).toBe(
      true,
    );
  });

  it('cancelled before it starts touches nothing', async () => {
    const target = await usedCard();
    await expect(
      writeCard({ image, mapped, target, keyedHash, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'CANCELLED', data: { state: 'Nothing was written.' } });
    expect(readFileSync(folder.file('card')).equals(noise(40 * MIB, 4242))).toBe(true);
  });

  it('onto a target that is too small touches nothing', async () => {
    const target = await usedCard(image.size - 512);
    await expect(writeCard({ image, mapped, target, keyedHash })).rejects.toMatchObject({
      code: 'TARGET_TOO_SMALL',
      data: { state: 'Nothing was written.' },
    });
    expect(readFileSync(folder.file('card')).equals(noise(image.size - 512, 4242))).toBe(true);
  });

  it('is noticed when the medium keeps something else, before the card can boot', async () => {
    const target = await usedCard();
    const forgetful = watched(target, () => undefined);
    const lying: BlockTarget = {
      ...forgetful,
      write: async (buffer, offset) => {
        const altered = Buffer.from(buffer);
        if (offset > 10 * MIB) altered[17] = (altered[17] ?? 0) ^ 0x40;
        await target.write(altered, offset);
      },
    };
    await expect(writeCard({ image, mapped, target: lying, keyedHash })).rejects.toMatchObject({
      code: 'VERIFY_MISMATCH',
      data: { state: expect.stringContaining('cannot boot') as string },
    });
    expect(readAt(folder.file('card'), 0, MIB).every((byte) => byte === 0)).toBe(true);
  });

  it('for want of room is TARGET_FULL', async (context) => {
    if (process.getuid?.() !== 0) unproven(context, 'needs root to mount a small tmpfs');
    const small = folder.file('small');
    mkdirSync(small);
    try {
      run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]);
    } catch {
      unproven(context, 'needs to be allowed to mount a tmpfs');
    }
    try {
      const target = await createFileTarget(`${small}/card`, { mode: 'create', size: 40 * MIB });
      targets.push(target);
      await expect(writeCard({ image, mapped, target, keyedHash })).rejects.toMatchObject({
        code: 'TARGET_FULL',
        data: { state: expect.stringContaining('cannot boot') as string },
      });
    } finally {
      for (const target of targets.splice(0)) await target.close();
      run('umount', [small]);
    }
  });
});

describe('a file as a target', () => {
  it('is made with its size, refuses to replace, and is not made twice', async () => {
    const path = folder.file('new');
    targets.push(await createFileTarget(path, { mode: 'create', size: 5 * MIB + 1 }));
    expect(statSync(path).size).toBe(5 * MIB + 1);
    await expect(createFileTarget(path, { mode: 'create', size: 1 })).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
    });
    await expect(createFileTarget(folder.file('none'), { mode: 'write' })).rejects.toMatchObject({
      code: 'TARGET_MISSING',
    });
    await expect(createFileTarget(folder.path, { mode: 'read' })).rejects.toMatchObject({
      code: 'TARGET_UNSUPPORTED',
    });
    const readOnly = await createFileTarget(path, { mode: 'read' });
    targets.push(readOnly);
    await expect(readOnly.write(Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'TARGET_UNWRITABLE' });
  });

  it('reads any stretch at any offset as it was written', async () => {
    const content = noise(9 * MIB + 777, 31);
    writeFileSync(folder.file('stretch'), content);
    const target = await createFileTarget(folder.file('stretch'), { mode: 'read' });
    targets.push(target);
    for (const [offset, length] of [
      [0, content.length],
      [1, 1],
      [4095, 2],
      [4096, 4096],
      [MIB - 1, 5 * MIB],
      [content.length - 1, 1],
      [content.length - 5000, 5000],
    ] as const) {
      const buffer = Buffer.alloc(length);
      await target.read(buffer, offset);
      expect(buffer.equals(content.subarray(offset, offset + length))).toBe(true);
    }
    await expect(async () => await target.read(Buffer.alloc(2), content.length - 1)).rejects.toThrow(
      RangeError,
    );
    truncateSync(folder.file('stretch'), 100);
    await expect(target.read(Buffer.alloc(200), 0)).rejects.toMatchObject({ code: 'VERIFY_MISMATCH' });
  });
});
