import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { halfADayAway } from '../../rig/backups/half-a-day-away.ts';
import { type CheapNodes, cheapNodes } from '../../rig/proxmox/cheap-nodes.ts';
import { Desk } from '../cli/run-cli.ts';

const desk = new Desk();
const mebibyte = 1024 * 1024;
let rig: CheapNodes;

beforeAll(async () => {
  rig = await cheapNodes({ nodes: ['baobab'] });
}, 120_000);
afterAll(async () => {
  desk.remove();
  await rig?.stop();
});

const baobab = () => rig.node('baobab');
const options = () => ({ lab: rig.lab, env: rig.environment });
const dumped = (vmid: number) =>
  baobab()
    .list('/mnt/pve/nas/dump')
    .filter((name) => name.includes(`-${vmid}-`));

test('plan says what a run would do, and why not; run does it and says what was made', async () => {
  baobab().addGuest(100, { name: 'web', running: true, bytes: mebibyte });
  baobab().addGuest(101, { name: 'old', running: true, bytes: mebibyte, lock: 'migrate' });
  const plan = await desk.run(['backups', 'plan', 'baobab/100', 'baobab/101', '--mode', 'stop'], options());
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toMatch(/^baobab\/100 \(web\): backed up in mode stop, to nas, by rule all/);
  expect(plan.stdout).toMatch(/shut down for this/);
  expect(plan.stdout).toMatch(/baobab\/101 \(old\): REFUSED\n +baobab\/101 is locked/);
  const refused = await desk.run(['backups', 'plan', 'baobab/101'], options());
  expect(refused.code).toBe(3);
  const made = await desk.run(['backups', 'run', 'baobab/100'], options());
  expect(made.code).toBe(0);
  expect(made.stdout).toMatch(
    /^baobab\/100 \(web\): [\d.]+ [kM]B on nas, vzdump-qemu-100-.*\n {2}SHA-256 [0-9a-f]{64} /,
  );
  const locked = await desk.run(['backups', 'run', 'baobab/101', '--json'], options());
  expect(locked.code).toBe(4);
  expect(locked.last).toMatchObject({ code: 'GUEST_LOCKED' });
  const records = await desk.run(['backups', 'records'], options());
  expect(records.stdout).toMatch(/baobab\/100 \(web\)/);
  const nothing = await desk.run(['backups', 'run', '--due'], options());
  expect(nothing).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing is due') });
  const unsaid = await desk.run(['backups', 'run'], options());
  expect(unsaid).toMatchObject({ code: 2, stderr: expect.stringContaining('--due') });
});

test('Ctrl-C stops it on the node, and says what is left', async () => {
  baobab().addGuest(102, { running: true, bytes: mebibyte });
  baobab().hold();
  const running = desk.start(['backups', 'run', 'baobab/102', '--json'], options());
  while (!baobab().isHeld) await running.tick();
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code).toBe(130);
  expect(ended.last).toMatchObject({ code: 'CANCELLED' });
  expect(dumped(102).filter((name) => !name.endsWith('.log'))).toEqual([]);
  expect(baobab().guestConfig(102)).not.toContain('lock:');
});

test('killed in the middle, it goes on by itself; the next run takes it up, and nothing is dumped twice', async () => {
  baobab().addGuest(103, { running: true, bytes: mebibyte });
  baobab().hold();
  const running = desk.start(['backups', 'run', 'baobab/103', '--json'], options());
  while (!baobab().isHeld) await running.tick();
  running.child.kill('SIGKILL');
  await running.ended;
  const plan = await desk.run(['backups', 'plan', 'baobab/103', '--json'], options());
  expect(plan.last).toMatchObject({ report: { plan: { guests: [{ action: 'continue' }] } } });
  baobab().release();
  const again = await desk.run(['backups', 'run', 'baobab/103', '--json'], options());
  expect(again.code).toBe(0);
  expect(again.last).toMatchObject({
    report: { backups: [{ outcome: 'made', guest: { vmid: 103 } }] },
  });
  expect(dumped(103).filter((name) => name.endsWith('.vma.zst'))).toHaveLength(1);
  expect(baobab().list('/var/lib/sifaka/backups/runs')).toEqual([]);
});

test('the guide is followed word for word', async () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/back-up-a-guest.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  const policy = blocks.find(([, language]) => language === 'yaml')?.[2] ?? '';
  expect(policy).toContain('at: "02:30"');
  // The one word that is another here: what was just made is not due again since it became half past two.
  writeFileSync(join(rig.lab, 'backups/policy.yaml'), policy.replace('02:30', halfADayAway));
  const file = join(rig.lab, 'cluster/madagascar.json');
  const cluster = JSON.parse(readFileSync(file, 'utf8'));
  const attic = join(rig.folder, 'offsite');
  mkdirSync(attic);
  cluster.clusters.madagascar.backups = { targets: { offsite: { kind: 'local-folder', path: attic } } };
  writeFileSync(file, JSON.stringify(cluster));
  expect((await desk.run(['backups', 'targets', 'init', 'offsite'], options())).code).toBe(0);
  // The guest of the guide that something else has locked.
  for (const other of [102, 103]) baobab().removeGuest(other);
  const commands = blocks
    .filter(([, language]) => language === 'sh')
    .flatMap(([, , text = '']) => text.split('\n'))
    .map((line) => line.replace(/ +#.*$/, ''))
    .filter((line) => line !== '');
  expect(commands).toHaveLength(7);
  // Due is only the locked one, since the other has a backup of today; and nobody has looked around yet.
  const otherCodes: Record<string, number> = {
    'sifaka backups plan --due': 3,
    'sifaka backups run --due': 4,
    'sifaka backups': 1,
  };
  const shown: string[] = [];
  for (const command of commands) {
    const [sifaka, ...words] = command.split(' ');
    expect(sifaka).toBe('sifaka');
    const { code, stdout, stderr } = await desk.run(words, options());
    shown.push(stdout);
    expect([command, code, stderr]).toEqual([command, otherCodes[command] ?? 0, expect.any(String)]);
  }
  expect(shown[0]).toMatch(
    /^baobab\/100 \(web\): backed up in mode snapshot, to nas, by rule nightly, up to [\d.]+ [kMG]B\n {2}then copied to offsite\n\nplan [0-9a-f]{64}\n/,
  );
  expect(shown[2]).toMatch(
    /baobab\/101 \(old\): REFUSED\n {2}baobab\/101 is locked by Proxmox \(migrate\)\./,
  );
  expect(shown[3]).toMatch(
    /^baobab\/100 \(web\): [\d.]+ [kMG]B on nas, vzdump-qemu-100-\S+\.vma\.zst\n {2}SHA-256 [0-9a-f]{64} {2}vzdump-\S+\n {2}offsite: copied, and compared there/,
  );
});
