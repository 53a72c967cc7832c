import { describe, expect, it } from 'vitest';
import { planText, targetName } from '../../../electron/cli/text/card-text.ts';
import type { CardPlan, Target } from '../../../shared/schemas/card.ts';

const drive: Target = {
  kind: 'drive',
  path: '/dev/sdb',
  label: 'SanDisk Ultra 32 GB · 1b2c\u001b[2K',
  size: 32e9,
  identity: 'usb:4c5300011b2c:32000000000:17',
  contents: 'an MBR with 2 partitions',
};

function planFor(target: Target, freeSpace: CardPlan['freeSpace']): CardPlan {
  return {
    schema: 'sifaka.card-plan/1',
    node: 'titan-13',
    nodeClass: 'rpi4',
    hostname: 'titan-13',
    clock: '2026-06-01T12:00:00.000Z',
    image: { name: 'demo', fileSha256: 'a'.repeat(64), rawSha256: 'b'.repeat(64), size: 1e8 },
    target,
    changes: [],
    write: { mappedBytes: 1e7, injectedBytes: 1e3, cells: [], estimatedSeconds: 3 },
    freeSpace,
    erases: `Everything on ${target.label}. On it now: ${target.contents}.`,
    warnings: [],
  };
}

const text = (target: Target, freeSpace: CardPlan['freeSpace'] = 'keep') =>
  planText({ plan: planFor(target, freeSpace), digest: 'c'.repeat(64) });

describe('the plan for a real drive', () => {
  it('names the drive, its identity, what is erased, and what becomes of its free space', () => {
    const said = text(drive);
    expect(said).toMatch(/identity +usb:4c5300011b2c:32000000000:17/);
    expect(said).toMatch(/target +SanDisk Ultra 32 GB · 1b2c\\u\{1b\}\[2K[\s\S]*\/dev\/sdb/);
    expect(said).toMatch(/erases +Everything on SanDisk.* On it now: an MBR with 2 partitions/);
    expect(said).not.toContain('\u001b');
    const rest = (['keep', 'discard', 'overwrite'] as const).map(
      (choice) => /free space +(.*)/.exec(text(drive, choice))?.[1],
    );
    expect(new Set(rest).size).toBe(3);
    expect(rest[2]).toContain('overwritten with zeros and read back');
  });

  it('breaks sentences between words on a narrow terminal, and nothing that is copied', () => {
    const path = `/dev/disk/${'by-id'.repeat(20)}`;
    const plan = planFor({ ...drive, path }, 'keep');
    const files = ['/etc/ssh/ssh_host_rsa_key', '/etc/ssh/\u001b[2K_key'];
    const warnings = [{ code: 'host-keys-shared' as const, files }];
    const lines = planText({ plan: { ...plan, warnings }, digest: 'c'.repeat(64) }, 40).split('\n');
    expect(lines.some((line) => line.trim() === path)).toBe(true);
    expect(lines.some((line) => line.includes('c'.repeat(64)))).toBe(true);
    const decides = lines.slice(lines.findIndex((line) => line.includes('erases')));
    for (const line of decides) expect(line.length).toBeLessThanOrEqual(40);
    expect(decides.join(' ').replace(/\s+/g, ' ')).toContain(
      'carries SSH host keys, the same for every node: /etc/ssh/ssh_host_rsa_key, /etc/ssh/\\u{1b}[2K_key.',
    );
  });

  it('says nothing of this for a virtual drive', () => {
    const said = text({ ...drive, kind: 'virtual-drive', label: 'virtual drive sd' });
    expect(said).not.toMatch(/identity|free space/);
  });

  it('is asked about by name and path', () => {
    expect(targetName({ ...drive, label: 'SanDisk Ultra 32 GB' })).toBe('SanDisk Ultra 32 GB (/dev/sdb)');
    expect(targetName({ ...drive, kind: 'virtual-drive', label: 'virtual drive sd' })).toBe(
      'virtual drive sd',
    );
  });
});
