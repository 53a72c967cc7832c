import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PassingCase } from '../../rig/backups/failure-cases.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import type { FailureWorld } from './failure-world.ts';

/** Makes a case that is everybody's; answers what takes it back. */
type Make = (one: FailureWorld) => Promise<() => Promise<void> | void>;

/** Each is seen on the row of the guest of which nothing else is wrong. */
export const passing: Readonly<Record<PassingCase, Make>> = {
  'discovery old': async (one) => {
    const folder = join(one.world.rig.lab, 'backups');
    // All but the one of 27 h ago: more than one when a day began, by UTC, since the first.
    const newer = readdirSync(folder)
      .filter((name) => name.startsWith('manifest-'))
      .toSorted()
      .slice(1)
      .map((name) => ({ file: join(folder, name), content: readFileSync(join(folder, name)) }));
    for (const { file } of newer) rmSync(file);
    await one.look({ discover: false });
    return () => {
      for (const { file, content } of newer) writeFileSync(file, content);
    };
  },
  'no policy': async (one) => {
    const file = join(one.world.rig.lab, 'backups/policy.yaml');
    const content = readFileSync(file);
    rmSync(file);
    await one.look({ discover: false });
    return () => writeFileSync(file, content);
  },
  late: async (one) => {
    one.setAhead(30);
    await one.look();
    return () => {
      one.setAhead(0);
      const folder = join(one.world.rig.lab, 'backups');
      const tomorrow = readdirSync(folder).findLast((name) => name.startsWith('manifest-')) ?? '';
      rmSync(join(folder, tomorrow));
    };
  },
  'clock of a node wrong': async (one) => {
    node(one).setClock(7200);
    await one.look();
    return () => node(one).setClock(0);
  },
  'storage inactive': async (one) => {
    for (const each of one.world.rig.nodes) each.settings({ faults: { inactiveStorages: ['nas'] } });
    await one.look();
    return () => {
      for (const each of one.world.rig.nodes) each.settings({});
    };
  },
  'storage not for backups': async (one) => {
    const before = node(one).readFile('/etc/pve/storage.cfg');
    node(one).writeFile('/etc/pve/storage.cfg', before.replace('content backup,images', 'content images'));
    await one.look();
    return () => node(one).writeFile('/etc/pve/storage.cfg', before);
  },
  'storage too small': async (one) => {
    one.world.rig.setCapacities({ nas: { total: 1000, used: 999 } });
    await one.look();
    return () => one.world.rig.setCapacities({});
  },
  'node silent': async (one) => {
    await node(one).powerOff();
    await one.look();
    return () => node(one).powerOn();
  },
  'node that talks nonsense': (one) => instead(one, '[{"type":"qemu","vmid":1'),
  'node without Proxmox': (one) => instead(one, undefined),
};

function node(one: FailureWorld): CheapNode {
  return one.node('in order');
}

/** Instead of its programs of Proxmox, ones that say this, or none. */
async function instead(one: FailureWorld, answer: string | undefined): Promise<() => Promise<void>> {
  const away = '/root/instead';
  await node(one).ok('mkdir', '-p', away);
  const files: string[] = [];
  for (const name of ['pvesh', 'qm', 'pct', 'pvesm', 'vzdump', 'pveversion']) {
    const file = (await node(one).ok('sh', '-c', `command -v ${name}`)).trim();
    await node(one).ok('mv', file, `${away}/${name}`);
    if (answer !== undefined) node(one).writeFile(file, `#!/bin/sh\necho '${answer}'\n`, 0o755);
    files.push(file);
  }
  await one.look();
  return async () => {
    for (const file of files)
      await node(one).ok('mv', `${away}/${file.slice(file.lastIndexOf('/') + 1)}`, file);
  };
}
