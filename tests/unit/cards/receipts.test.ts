import { describe, expect, it } from 'vitest';
import { nodeSummaries } from '../../../electron/services/cards/node-summaries.ts';
import { receiptPage } from '../../../electron/services/cards/receipt-page.ts';
import { chooseReceipt } from '../../../electron/services/cards/receipts.ts';
import { receiptSchema, type Receipt } from '../../../shared/schemas/card.ts';
import { codeOf } from './rendered.ts';
import { titan13 } from './render-input.ts';

const hex = (digit: string) => digit.repeat(64);

function receipt(
  change: { id?: number; node?: string; path?: string; size?: number; verifiedAt?: string } = {},
): Receipt {
  return receiptSchema.parse({
    schema: 'sifaka.card-receipt/1',
    id: `00000000-0000-4000-8000-${String(change.id ?? 1).padStart(12, '0')}`,
    jobId: '00000000-0000-4000-8000-00000000000a',
    node: change.node ?? 'titan-13',
    nodeClass: 'rpi4-armbian-longhorn',
    hostname: 'titan-13',
    planDigest: hex('1'),
    image: { name: 'demo', fileSha256: hex('2'), rawSha256: hex('3'), size: 1 << 20 },
    target: {
      kind: 'existing-file',
      path: change.path ?? '/cards/a.img',
      label: 'a.img',
      size: change.size ?? 1 << 20,
      identity: '1:2',
      contents: 'an MBR',
    },
    changes: [
      {
        partition: 'root',
        path: '/etc/rancher/k3s/token',
        kind: 'file',
        mode: '0600',
        uid: 0,
        gid: 0,
        size: 9,
        digest: `hmac-sha256:${hex('4')}`,
        secret: true,
        replaces: false,
        reason: 'The token.',
      },
    ],
    ranges: [{ offset: 0, length: 4096, digest: `sha256:${hex('5')}` }],
    writtenBytes: 4096,
    verifiedBytes: 4096,
    readFromMedium: true,
    skippedBytes: 1_044_480,
    freeSpace: 'keep',
    startedAt: '2025-03-01T12:00:00.000Z',
    writtenAt: '2025-03-01T12:00:01.000Z',
    verifiedAt: change.verifiedAt ?? '2025-03-01T12:00:02.000Z',
    sifakaVersion: '0.1.0',
    nextStep: 'Insert the card into titan-13 and power it on.',
  });
}

const target = { kind: 'existing-file' as const, path: '/cards/a.img', size: 1 << 20, label: 'a.img' };

describe('the receipt for a card', () => {
  it('is the newest of its path', () => {
    const receipts = [receipt({ id: 1 }), receipt({ id: 2, verifiedAt: '2025-03-02T00:00:00Z' })];
    expect(chooseReceipt(receipts, [], 'titan-13', target).id).toMatch(/2$/);
    expect(chooseReceipt(receipts.toReversed(), [], 'titan-13', target).id).toMatch(/2$/);
  });

  it('is, for a card that was moved, the newest of the node and the size', () => {
    const receipts = [receipt({ id: 1 }), receipt({ id: 2, size: 5, verifiedAt: '2025-03-02T00:00:00Z' })];
    expect(chooseReceipt(receipts, [], 'titan-13', { ...target, path: '/elsewhere' }).id).toMatch(/1$/);
  });

  it('is never another node’s', () => {
    const overwritten = [
      receipt({ id: 1 }),
      receipt({ id: 2, node: 'titan-15', verifiedAt: '2025-03-02T00:00:00Z' }),
    ];
    expect(codeOf(() => chooseReceipt(overwritten, [], 'titan-13', target))).toBe('RECEIPT_NOT_FOR_TARGET');
    const elsewhere = { ...target, path: '/elsewhere', size: 7 };
    expect(codeOf(() => chooseReceipt([receipt()], [], 'titan-13', elsewhere))).toBe(
      'RECEIPT_NOT_FOR_TARGET',
    );
    expect(codeOf(() => chooseReceipt([receipt()], [], 'titan-17', elsewhere))).toBe('RECEIPT_MISSING');
    expect(codeOf(() => chooseReceipt([], ['/data/x.json'], 'titan-17', target))).toBe('RECEIPT_INVALID');
  });

  it('is, for a real drive, the node’s own: another card was in the slot since', () => {
    const slot = { ...target, kind: 'drive' as const };
    const receipts = [
      receipt({ id: 1 }),
      receipt({ id: 2, node: 'titan-15', verifiedAt: '2025-03-02T00:00:00Z' }),
    ];
    expect(chooseReceipt(receipts, [], 'titan-13', slot).id).toMatch(/1$/);
    expect(codeOf(() => chooseReceipt(receipts, [], 'titan-17', slot))).toBe('RECEIPT_MISSING');
  });
});

describe('the page of a receipt', () => {
  it('admits that a read-back may have come from memory, and only then', () => {
    const admits = 'the medium itself may not have been read';
    expect(receiptPage({ ...receipt(), readFromMedium: false })).toContain(admits);
    expect(receiptPage(receipt())).not.toContain(admits);
  });

  it('says what was made, of what, where, and how it was proven', () => {
    const page = receiptPage(receipt());
    for (const part of [
      'Recovery card for titan-13\n==========================\n',
      `sha256:${hex('2')}`,
      '/cards/a.img',
      '4,096 bytes in 1 ranges, all equal',
      '0600  0:0          /etc/rancher/k3s/token  (secret)',
      `hmac-sha256:${hex('4')}, 9 bytes`,
      'Next: Insert the card into titan-13 and power it on.\n',
    ]) {
      expect(page).toContain(part);
    }
  });

  it('holds nothing that a terminal would obey', () => {
    const page = receiptPage(receipt({ path: '/a\u001b]0;owned\u0007\nNext: wipe\u202e\u009b31m' }));
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(page.split('\n').filter((line) => line.startsWith('Next:'))).toHaveLength(1);
  });
});

it('a node is listed with what it is and when its last card was proven', () => {
  const inventory = titan13({ node: { alias: 'one', network: { interface: 'end0', addresses: 'dhcp' } } });
  expect(nodeSummaries(inventory, [receipt()])).toEqual([
    {
      name: 'titan-13',
      alias: 'one',
      description: '',
      nodeClass: 'rpi4-armbian-longhorn',
      image: 'armbian-longhorn',
      recoverable: true,
      hostname: 'titan-13',
      interface: 'end0',
      addresses: ['dhcp'],
      k3sRole: 'agent',
      labels: { 'node.longhorn.io/create-default-disk': 'true' },
      taints: ['storage=only:NoSchedule'],
      longhornDisks: 1,
      lastCardAt: '2025-03-01T12:00:02.000Z',
    },
  ]);
  expect(nodeSummaries(inventory, [])[0]).not.toHaveProperty('lastCardAt');
});
