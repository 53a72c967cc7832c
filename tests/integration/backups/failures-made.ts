import { AgentOnNode, policyOf } from '../../rig/backups/agent-on-node.ts';
import type { StandingCase } from '../../rig/backups/failure-cases.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { type FailureWorld, localDump, mebibyte } from './failure-world.ts';
import { still } from './target-world.ts';

/** Guests for all cases, each with a good backup of an hour ago unless its case is made of more. */
export async function addGuests(one: FailureWorld): Promise<void> {
  one.add('in order', 'tapia', 'shared');
  one.add('never backed up', 'tapia', 'plain');
  one.add('in no rule', 'tapia', 'other');
  one.add('guest locked', 'ebony', 'plain', { lock: 'migrate' });
  one.add('lock of a dead run', 'ebony', 'plain');
  one.add('guest on another node', 'ebony', 'plain');
  one.add('storage full at 60 %', 'baobab', 'plain');
  one.add('job errors', 'ebony', 'plain');
  one.add('vzdump killed', 'tapia', 'plain');
  one.add('half an archive left', 'baobab', 'plain');
  one.add('no Finished line', 'baobab', 'plain');
  one.add('success without an archive', 'ebony', 'plain');
  one.add('listed with another size', 'tapia', 'plain');
  one.add('WARN line', 'baobab', 'plain');
  one.add('not notified', 'ebony', 'plain');
  one.add('prune not allowed', 'tapia', 'pruned');
  one.add('prune failed', 'baobab', 'pruned');
  one.add('power cut', 'baobab', 'plain');
  one.add('disk left out', 'ebony', 'plain', { lines: ['scsi5: local-lvm:vm-1-disk-5,backup=0,size=4M'] });
  one.add('size fell', 'tapia', 'plain', { bytes: 4 * mebibyte });
  one.add('archive gone', 'baobab', 'plain');
  one.add('archive renamed', 'ebony', 'plain');
  one.add('archive cut short', 'tapia', 'plain');
  one.add('one byte changed', 'tapia', 'plain');
  one.add('archive that no tool can read', 'baobab', 'plain');
  one.add('archive that nobody read', 'ebony', 'plain');
  one.add('archive of the future', 'tapia', 'plain');
  one.add('copy gone', 'baobab', 'attic');
  one.add('copy failed', 'ebony', 'attic');
  one.add('copy cut short', 'tapia', 'attic');
  one.add('one byte of a copy changed', 'baobab', 'attic');
  one.add('target unreachable', 'ebony', 'offsite');
  one.add('NAS unmounted', 'tapia', 'shelf');
  one.add('restore test failed', 'ebony', 'plain');
  one.add('restore test due', 'tapia', 'tested');
  one.add('no such storage', 'baobab', 'elsewhere');
  one.add('agent missing', 'ebony', 'scheduled');
  one.add('agent outdated', 'baobab', 'scheduled');
  one.add('agent silent', 'tapia', 'scheduled');
  // What is dumped for real below has no need of another.
  const dumped: readonly StandingCase[] = [
    'never backed up',
    'WARN line',
    'not notified',
    'size fell',
    'one byte changed',
    'archive that no tool can read',
    'archive that nobody read',
    'copy gone',
    'copy failed',
    'copy cut short',
    'one byte of a copy changed',
    'target unreachable',
    'NAS unmounted',
    'restore test failed',
  ];
  for (const id of one.ids())
    if (!dumped.some((other) => other === id)) await one.wasBackedUp(id, id === 'in order' ? 'nas' : 'local');
}

/** Makes all cases that stand beside each other. */
export async function makeStanding(one: FailureWorld): Promise<void> {
  await byHand(one);
  await inOneRun(one);
  await inFaultyRuns(one);
  await inPowerCut(one);
  await one.look();
  await inProofs(one);
  await askAgents(one);
  await damage(one);
  await leaveStrays(one);
}

/** vzdump as somebody calls it beside Sifaka. */
async function byHand(one: FailureWorld): Promise<void> {
  const dump = (id: StandingCase) =>
    one
      .node(id)
      .exec(['vzdump', String(one.vmid(id)), '--storage', 'local', '--compress', 'zstd', '--remove', '0']);
  for (const id of ['lock of a dead run', 'half an archive left'] as const) {
    one.node(id).settings({ faults: { diesAt: 0.4 } });
    await dump(id);
    one.node(id).settings({});
  }
  const half = 'half an archive left';
  await one.node(half).ok('qm', 'unlock', String(one.vmid(half)));
  await dump('archive that nobody read');
  const unreadable = 'archive that no tool can read';
  await dump(unreadable);
  one.node(unreadable).flipByte(newest(one.node(unreadable), one.vmid(unreadable)), -3);
}

/** What needs an archive that is one, and what is refused beside it. */
async function inOneRun(one: FailureWorld): Promise<void> {
  await one.node('copy failed').ok('mkdir', '-p', '/mnt/attic/madagascar');
  one.node('copy failed').writeFile(`/mnt/attic/madagascar/qemu-${one.vmid('copy failed')}`, 'in the way\n');
  const unmounted = one.node('NAS unmounted');
  await unmounted.ok('umount', '/mnt/shelf');
  await one.run(
    'guest locked',
    'lock of a dead run',
    'size fell',
    'one byte changed',
    'copy gone',
    'copy failed',
    'copy cut short',
    'one byte of a copy changed',
    'target unreachable',
    'NAS unmounted',
    'restore test failed',
  );
}

/** A fault of each node at a time. */
async function inFaultyRuns(one: FailureWorld): Promise<void> {
  const { rig } = one.world;
  const [baobab, ebony, tapia] = [rig.node('baobab'), rig.node('ebony'), rig.node('tapia')];
  await ebony.ok('sh', '-c', `rm /var/lib/pve-rig/volumes/local-lvm/vm-${one.vmid('job errors')}-disk-0`);
  baobab.settings({ faults: { storageFullAt: 0.6 } });
  tapia.settings({ faults: { diesAt: 0.3 } });
  await one.run('storage full at 60 %', 'job errors', 'vzdump killed');

  await baobab.ok(
    'sh',
    '-c',
    'mkdir /root/whole && ln -s "$(readlink -f /usr/bin/vzdump)" /root/whole/vzdump && mv /usr/bin/vzdump /usr/bin/.vzdump',
  );
  const silenced = '#!/bin/sh\n/root/whole/vzdump "$@" | grep -v "Finished Backup"\n';
  baobab.writeFile('/usr/bin/vzdump', silenced, 0o755);
  baobab.settings({});
  ebony.settings({ faults: { archiveVanishes: true } });
  tapia.settings({ faults: { listedSizeIsOff: 4096 } });
  await one.run('no Finished line', 'success without an archive', 'listed with another size');
  await baobab.ok('mv', '/usr/bin/.vzdump', '/usr/bin/vzdump');

  baobab.settings({ faults: { warnings: true } });
  ebony.settings({ faults: { notifyFails: true } });
  tapia.settings({ faults: { pruneFails: 'permission' } });
  await one.run('WARN line', 'not notified', 'prune not allowed');

  baobab.settings({ faults: { pruneFails: 'remove' } });
  ebony.holdBefore(`vzdump ${one.vmid('guest on another node')}`);
  tapia.settings({});
  const vmid = one.vmid('size fell');
  const before = newest(tapia, vmid);
  for (const hours of [50, 26]) tapia.copyArchive(before, new Date(Date.now() - hours * 3_600_000));
  tapia.removeGuest(vmid);
  tapia.addGuest(vmid, { name: 'size-fell', tags: 'plain', bytes: mebibyte });
  const run = one.run('prune failed', 'guest on another node', 'size fell');
  await heldOrOver(ebony, run);
  const config = `qemu-server/${one.vmid('guest on another node')}.conf`;
  await ebony.ok('mv', `/etc/pve/${config}`, `/etc/pve/nodes/tapia/${config}`);
  ebony.release();
  await run;
  for (const node of rig.nodes) node.settings({});
}

async function inPowerCut(one: FailureWorld): Promise<void> {
  const node = one.node('power cut');
  node.hold();
  const run = one.run('power cut');
  await heldOrOver(node, run);
  await node.reboot();
  await run;
  node.release();
}

async function heldOrOver(node: CheapNode, run: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  void run.finally(() => over.abort());
  while (!node.isHeld && !over.signal.aborted) await new Promise((wake) => setTimeout(wake, 20));
}

async function inProofs(one: FailureWorld): Promise<void> {
  const { world } = one;
  one.node('one byte changed').flipByte(await one.archive('one byte changed'), 5000);
  one.node('one byte of a copy changed').flipByte(await one.copy('one byte of a copy changed'), 100);
  const guests = (
    ['one byte changed', 'archive that no tool can read', 'one byte of a copy changed'] as const
  ).map((id) => one.address(id));
  await world.ended((await world.backups.verify({ guests })).jobId);
  const untested = 'restore test failed';
  one.node(untested).settings({ faults: { bootFails: [9900] } });
  await world.ended((await world.backups.restoreTest({ guest: one.address(untested) })).jobId);
  one.node(untested).settings({});
}

/** One agent of another policy, one that is not there, and one behind an sshd that is dead. */
async function askAgents(one: FailureWorld): Promise<void> {
  await new AgentOnNode(one.node('agent outdated'), policyOf([{ schedule: { at: '00:00' } }])).check();
  const silent = one.node('agent silent');
  await silent.killSshd();
  await one.world.backups.collect({}, still);
  await silent.startSshd();
}

async function damage(one: FailureWorld): Promise<void> {
  await one.node('archive gone').ok('rm', await one.archive('archive gone'));
  await one
    .node('archive renamed')
    .ok(
      'mv',
      await one.archive('archive renamed'),
      `${localDump}/vzdump-qemu-${one.vmid('archive renamed')}-keep-this.vma.zst`,
    );
  await one.node('archive cut short').ok('truncate', '-s', '-7', await one.archive('archive cut short'));
  await one.node('copy cut short').ok('truncate', '-s', '-7', await one.copy('copy cut short'));
  await one.node('copy gone').ok('rm', '-r', (await one.copy('copy gone')).replace(/\/[^/]+$/, ''));
  const ahead = one.node('archive of the future');
  ahead.copyArchive(await one.archive('archive of the future'), new Date(Date.now() + 48 * 3_600_000));
}

/** Archives that are no guest's. */
async function leaveStrays(one: FailureWorld): Promise<void> {
  const node = one.node('in order');
  node.addGuest(900, { name: 'soon-gone', bytes: mebibyte });
  await node.ok('vzdump', '900', '--storage', 'local', '--compress', 'zstd', '--remove', '0');
  node.removeGuest(900);
}

function newest(node: CheapNode, vmid: number): string {
  const name = node.list(localDump).findLast((one) => one.includes(`-${vmid}-`) && one.endsWith('.zst'));
  if (name === undefined) throw new Error(`${vmid} has no archive`);
  return `${localDump}/${name}`;
}
