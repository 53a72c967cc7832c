import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desk } from '../cli/run-cli.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';
import { dump, makeArchives } from './prune-world.ts';

const policy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
rules:
  - name: all
    guests: [all]
    storage: nas
    keep: { last: 2 }
safety: { maximumShare: 1 }
`;

const desk = new Desk();
let world: BackupWorld;
beforeAll(async () => {
  world = await backupWorld({ policy, nodes: ['baobab'] });
}, 120_000);
afterAll(async () => {
  desk.remove();
  await world?.stop();
});

const options = () => ({ lab: world.rig.lab, env: world.rig.environment });
const archives = () =>
  world.rig
    .node('baobab')
    .list(dump)
    .filter((name) => name.endsWith('.zst'));

test('the command shows every archive with its rule, asks, and removes that', async () => {
  world.rig.node('baobab').addGuest(100);
  const records = await makeArchives(world, 4);
  const shown = await desk.run(['backups', 'prune', '--plan'], options());
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  const lines = shown.stdout.split('\n');
  expect(lines[0]).toBe('storage:nas');
  expect(lines[1]).toMatch(/^GUEST +ARCHIVE +SIZE +MARK +RULE +WHY$/);
  for (const [index, { archive }] of records.entries())
    expect(lines[index + 2]).toMatch(
      new RegExp(`^qemu/100 +${archive} +60 B +${index < 2 ? 'keep +keep-last' : 'remove +not-kept'} +.+`),
    );
  expect(shown.stdout).toContain('2 archives of 4 would be removed, which frees 120 B.');
  // A list of Proxmox's own, as the guide hands it over.
  const content = ['/nodes/baobab/storage/nas/content', '--content', 'backup', '--output-format', 'json'];
  const listed = await world.rig.node('baobab').ok('pvesh', 'get', ...content);
  const offline = await desk.run(['backups', 'retention', '--keep-last', '2', '--json'], { input: listed });
  expect(JSON.parse(offline.stdout)).toMatchObject(
    records.map(({ volid }, index) => ({ volid, mark: index < 2 ? 'keep' : 'remove' })).toReversed(),
  );
  const unasked = await desk.run(['backups', 'prune', '--json'], options());
  expect([unasked.code, unasked.last['code']]).toEqual([3, 'CONFIRMATION_REQUIRED']);
  expect(archives()).toHaveLength(4);
  const done = await desk.run(['backups', 'prune', '--yes', '--json'], options());
  expect([done.code, done.last['type'], done.last['command']]).toEqual([0, 'report', 'backups prune']);
  expect(done.last['report']).toMatchObject({ left: [], gaps: [], freedBytes: 120 });
  expect(archives()).toEqual([records[1]?.archive, records[0]?.archive]);
  const again = await desk.run(['backups', 'prune', '--yes'], options());
  expect([again.code, again.stdout.trimEnd().split('\n').at(-1)]).toEqual([
    0,
    'Nothing would be removed of 2 archives.',
  ]);
});

test('killed in the middle, each archive is whole or gone, none of them is missed, and the next run goes on', async () => {
  const node = world.rig.node('baobab');
  node.addGuest(101);
  const records = await makeArchives(world, 7, { vmid: 101 });
  node.holdBefore('pvesm free');
  const running = desk.start(['backups', 'prune', '--yes', '--json', '--guests', 'baobab/101'], options());
  await expect.poll(() => node.isHeld, { timeout: 60_000 }).toBe(true);
  // The first goes, and the second is about to.
  node.holdBefore('pvesm free');
  await expect.poll(() => node.isHeld, { timeout: 60_000 }).toBe(true);
  expect(archives()).not.toContain(records.at(-1)?.archive);
  running.child.kill('SIGKILL');
  await running.ended;
  node.release();
  // Whether its node came to it or not: it is gone, and nobody has said so.
  const cutOff = (await world.records()).find(({ pruneStartedAt }) => pruneStartedAt !== undefined);
  expect(cutOff?.archive).toBe(records.at(-2)?.archive);
  await node.ok('rm', '-f', `${dump}/${cutOff?.archive}`);
  const there = archives();
  expect(there.length).toBeLessThan(9);
  for (const name of there) expect(node.readBytes(`${dump}/${name}`)).toHaveLength(60);
  // Of what is gone the records say so, or that it was about to be removed.
  for (const record of (await world.records()).filter(({ guest }) => guest.vmid === 101))
    if (!there.includes(record.archive ?? ''))
      expect(record.prunedAt ?? record.pruneStartedAt).toEqual(expect.any(String));
  const done = await desk.run(['backups', 'prune', '--yes', '--json'], options());
  expect(done.code).toBe(0);
  expect(archives()).toHaveLength(4);
  for (const { archive, prunedAt, pruneStartedAt } of await world.records())
    expect([prunedAt !== undefined, pruneStartedAt]).toEqual([
      !archives().includes(archive ?? ''),
      undefined,
    ]);
});
