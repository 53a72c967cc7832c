import {
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatTime } from '../../../shared/quantities.ts';
import type { Receipt } from '../../../shared/schemas/card.ts';
import { createCardWorld, ending, finish, placesOf, planted, type CardWorld } from './card-world.ts';
import { bytesAt } from './read-back.ts';
import { watchedTargets, type Moments } from './watched-targets.ts';

let world: CardWorld;
let target: string;
let receipt: Receipt;
const moments: Moments = {};
const folder = mkdtempSync(join(tmpdir(), 'sifaka-verify-'));

beforeAll(async () => {
  world = await createCardWorld({ wrap: ({ targets }) => ({ targets: watchedTargets(targets, moments) }) });
  target = world.randomFile('sd.img', 97 * 2 ** 20);
  await burn('titan-13', target);
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  [receipt] = (await world.cards.receipts({ node: 'titan-13' })) as [Receipt];
});

async function burn(node: string, path: string): Promise<void> {
  const { digest } = await world.cards.plan({ node, target: { kind: 'existing-file', path } });
  const { outcome } = ending(await finish(world.jobs, (await world.cards.burn(digest)).jobId));
  expect(outcome).toBe('done');
}

async function verify(path = target, node = 'titan-13') {
  const { jobId } = await world.cards.verify({ node, target: { kind: 'existing-file', path } });
  return ending(await finish(world.jobs, jobId));
}

/** Changes one byte for as long as `work` runs. */
async function withByteChanged(offset: number, work: () => Promise<void>): Promise<void> {
  const old = bytesAt(target, offset, 1);
  const put = (byte: number): void => {
    const descriptor = openSync(target, 'r+');
    writeSync(descriptor, Buffer.of(byte), 0, 1, offset);
    closeSync(descriptor);
  };
  put((old[0] ?? 0) ^ 0x40);
  try {
    await work();
  } finally {
    put(old[0] ?? 0);
  }
}

describe('a card is proven again', () => {
  it('by reading every range of its receipt', async () => {
    const end = await verify();
    expect(end.outcome).toBe('done');
    expect(end.report).toMatchObject({
      kind: 'card-evidence',
      evidence: {
        receiptId: receipt.id,
        node: 'titan-13',
        matches: true,
        verifiedBytes: receipt.verifiedBytes,
        mismatches: [],
      },
    });
    const [entry] = await world.lab.logbook(1);
    expect(entry?.summary).toBe('Recovery card for titan-13 verified');
  });

  it('at another place, as long as it is of the same size', async () => {
    const moved = join(world.folder, 'moved.img');
    renameSync(target, moved);
    expect((await verify(moved)).outcome).toBe('done');
    renameSync(moved, target);
    const cut = join(world.folder, 'cut.img');
    writeFileSync(cut, bytesAt(target, 0, 1 << 20));
    await expect(verify(cut)).rejects.toMatchObject({ code: 'RECEIPT_NOT_FOR_TARGET' });
  });

  it('also as the new file it was built as', async () => {
    const { jobId } = await world.cards.verify({
      node: 'titan-13',
      target: { kind: 'new-file', path: target },
    });
    expect(ending(await finish(world.jobs, jobId)).outcome).toBe('done');
  });
});

describe('a card that changed is found out', () => {
  it('in a range of the golden image', async () => {
    const plain = receipt.ranges.findLast(({ digest }) => digest.startsWith('sha256:'));
    if (!plain) throw new Error('there is no such range');
    await withByteChanged(plain.offset + plain.length - 1, async () => {
      const end = await verify();
      expect(end.outcome).toBe('failed');
      expect(end.problem?.code).toBe('VERIFY_MISMATCH');
      expect(end.problem?.more).toEqual([`${plain.length} bytes from byte ${plain.offset} on`]);
      expect(end.problem?.what).toContain('has booted from a card');
    });
  });

  it('at another place, and the receipt it was compared with is named', async () => {
    const other = world.randomFile('never-burned.img', 97 * 2 ** 20);
    const { problem } = await verify(other);
    expect(problem?.code).toBe('VERIFY_MISMATCH');
    expect(problem?.what).toContain(
      `which is of ${target} and of ${formatTime(new Date(receipt.verifiedAt))}`,
    );
    expect(problem?.what).toContain('there is none of this path');
  });

  it.each(['with a receipt of before', 'without any'])(
    'after a run that did not end well, which is named, %s',
    async (when) => {
      const path = world.randomFile(`${when.split(' ')[0]}.img`, 97 * 2 ** 20);
      if (when !== 'without any') await burn('titan-13', path);
      const { digest } = await world.cards.plan({
        node: 'titan-13',
        target: { kind: 'existing-file', path },
      });
      moments.write = async (_, offset) => {
        if (offset < 2 ** 21) return;
        for (const job of await world.jobs.list())
          if (job.state === 'running') await world.jobs.cancel(job.id);
      };
      const end = ending(await finish(world.jobs, (await world.cards.burn(digest)).jobId));
      delete moments.write;
      expect(end.outcome).toBe('cancelled');
      const { problem } = await verify(path);
      expect(problem?.code).toBe('VERIFY_MISMATCH');
      expect(problem?.what).toMatch(
        /The last run on this path was stopped: .* It left: .*partly overwritten/,
      );
      expect(problem?.what).not.toContain('booted');
      expect(problem?.next).toBe('Do not use it; burn it again.');
    },
  );

  it('in a secret', async () => {
    const [place = 0] = placesOf(target, planted['k3s-token']);
    await withByteChanged(place, async () => {
      expect((await verify()).problem?.code).toBe('VERIFY_MISMATCH');
    });
    expect((await verify()).outcome).toBe('done');
  });

  it('when its end is cut off', async () => {
    const copy = join(world.folder, 'short.img');
    writeFileSync(copy, bytesAt(target, 0, 97 * 2 ** 20));
    renameSync(target, `${target}.whole`);
    renameSync(copy, target);
    truncateSync(target, 20 * 2 ** 20);
    expect((await verify()).problem?.code).toBe('VERIFY_MISMATCH');
    renameSync(`${target}.whole`, target);
  });
});

describe('without a receipt there is no proof', () => {
  it('of a node that was never burned', async () => {
    const other = world.randomFile('other.img', 1 << 20);
    await expect(verify(other, 'titan-17')).rejects.toMatchObject({ code: 'RECEIPT_MISSING' });
  });

  it('of a node whose card was overwritten by another node’s', async () => {
    const shared = world.randomFile('shared.img', 97 * 2 ** 20);
    await world.secrets.seal('titan-15-node-password', new TextEncoder().encode('p15'), { replace: false });
    await burn('titan-13', shared);
    await burn('titan-15', shared);
    await expect(verify(shared, 'titan-13')).rejects.toMatchObject({ code: 'RECEIPT_NOT_FOR_TARGET' });
    expect((await verify(shared, 'titan-15')).outcome).toBe('done');
  });

  it('and a damaged one is named, not believed', async () => {
    const receipts = join(world.folders.data, 'receipts');
    const kept = readdirSync(receipts).filter((name) => name.endsWith('.json'));
    for (const name of kept) renameSync(join(receipts, name), join(folder, name));
    writeFileSync(join(receipts, kept[0] ?? ''), '{"schema": "sifaka.card-receipt/1"');
    await expect(verify()).rejects.toMatchObject({ code: 'RECEIPT_INVALID' });
    expect(await world.cards.receipts({})).toEqual([]);
    for (const name of kept) renameSync(join(folder, name), join(receipts, name));
  });
});
