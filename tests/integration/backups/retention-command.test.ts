import { afterAll, describe, expect, it } from 'vitest';
import { Desk } from '../cli/run-cli.ts';

const desk = new Desk();
afterAll(() => desk.remove());

const newest = Date.UTC(2026, 10, 20, 14) / 1000;
const hour = 3600;
const rows = [0, 1, 26, 24 * 9, 24 * 40].map((hours, index) =>
  Object.assign(archiveAt(newest - hours * hour), { protected: index === 3, size: 1000 + index }),
);
const renamed = { ...rows[0], volid: 'nas:backup/vzdump-qemu-100-before-upgrade.vma.zst' };

function archiveAt(ctime: number) {
  return { volid: `nas:backup/vzdump-qemu-100-${stamp(ctime)}.vma.zst`, type: 'qemu', vmid: 100, ctime };
}

function stamp(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '_').replace('T', '-');
}

const decide = (args: readonly string[], input: unknown = [...rows, renamed]) =>
  desk.run(['backups', 'retention', ...args], {
    input: typeof input === 'string' || input instanceof Uint8Array ? input : JSON.stringify(input),
  });

const outcome = (stdout: string) =>
  (JSON.parse(stdout) as { mark: string; rule: string }[]).map(({ mark, rule }) => `${mark} ${rule}`);

describe('sifaka backups retention', () => {
  it('prints the same rows with what is decided, and nothing else, with --json or without', async () => {
    const args = ['--keep-last', '1', '--keep-daily', '2', '--pure'];
    const [plain, json] = await Promise.all([decide(args), decide([...args, '--json'])]);
    expect([plain.code, plain.stderr, json.code, json.stderr]).toEqual([0, '', 0, '']);
    expect(outcome(plain.stdout)).toEqual([
      'keep keep-last',
      'remove not-kept',
      'keep keep-daily',
      'protected protected',
      'keep keep-daily',
      'renamed renamed',
    ]);
    const decided = JSON.parse(plain.stdout) as Record<string, unknown>[];
    expect(decided.map(({ mark: _mark, rule: _rule, ...row }) => row)).toEqual([...rows, renamed]);
    expect(JSON.parse(json.stdout)).toEqual(decided);
    expect(json.stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it('refuses what it cannot read, and names the row', async () => {
    const { code, last } = await decide(['--keep-last', '1', '--json'], [rows[0], { ...rows[1], vmid: 99 }]);
    expect([code, last['type'], last['code']]).toEqual([2, 'problem', 'INPUT_INVALID']);
    expect(last['what']).toMatch(/^Row 2, vmid: /);
  });

  it('decides about 100,000 archives that come through a pipe', async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => {
      const ctime = newest - Math.floor(index / 1000) * 6 * hour;
      const vmid = 100 + (index % 1000);
      return { volid: `nas:backup/vzdump-qemu-${vmid}-${stamp(ctime)}.vma.zst`, type: 'qemu', vmid, ctime };
    });
    const { code, stdout } = await decide(
      ['--keep-daily', '7', '--timezone', 'Europe/Berlin', '--pure'],
      many,
    );
    expect(code).toBe(0);
    const decided = JSON.parse(stdout) as { volid: string; mark: string }[];
    expect(decided.map(({ volid }) => volid)).toEqual(many.map(({ volid }) => volid));
    expect(decided.filter(({ mark }) => mark === 'keep')).toHaveLength(7000);
  });
});
