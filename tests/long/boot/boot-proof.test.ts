import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootNodes } from '../../rig/boot/boot-lab.ts';
import { type BootProof, bootProofTools, proveBoot } from '../../rig/boot/boot-proof.ts';
import type { Answer } from '../../rig/boot/node-shell.ts';
import { virtualNetwork } from '../../rig/boot/virtual-machine.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';

const isRoot = process.getuid?.() === 0;
let proof: BootProof;

beforeAll(async () => {
  if (isRoot && bootProofTools.every(isOnPath)) proof = await proveBoot();
});
beforeEach((context) => {
  requireTools(context, ...bootProofTools);
  if (!isRoot) unproven(context, 'needs root, for mmdebstrap and loop devices');
});

const lines = ({ text }: Answer): string[] => text.split('\n').map((line) => line.trim());

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

/** Addresses with prefix length that interfaces were given, by interface; those that the kernel makes itself are left out. */
function addressesOf({ text }: Answer): Record<string, string[]> {
  const links = (JSON.parse(text) as Link[]).filter(({ ifname }) => ifname !== 'lo');
  return Object.fromEntries(
    links.map(({ ifname, addr_info }) => {
      const given = addr_info.filter(({ scope }) => scope === 'global');
      return [ifname, given.map(({ local, prefixlen }) => `${local}/${prefixlen}`)];
    }),
  );
}

/** What every node answered, by node; the agent's second boot too. */
function everyBoot() {
  const { agent, server, outside } = proof;
  return [
    { ...bootNodes.agent, answers: agent.first },
    { ...bootNodes.agent, answers: agent.second },
    { ...bootNodes.server, answers: server },
    { ...bootNodes.outside, answers: outside },
  ];
}

// That a node was asked at all says: it booted from the card alone, its operator's key opened it, as a user of the
// inventory, and it showed the host key that was sealed (ssh ran with StrictHostKeyChecking).
describe('a burned card', () => {
  it('starts a system without a failed unit, whose file systems are sound', () => {
    for (const { name, answers } of everyBoot()) {
      expect(answers.settled, name).toMatchObject({ status: 0 });
      expect(answers.state.text, name).toBe('running');
      expect(answers.root.text, name).toMatch(/^rw,/);
      expect(answers.errors.text, name).toBe('');
    }
    const [ext4, fat] = proof.agent.checks;
    expect(ext4, ext4?.text).toMatchObject({ status: 0 });
    expect(fat, fat?.text).toMatchObject({ status: 0 });
  });

  it('is the node by name, among its peers too', () => {
    for (const { name, hostname, answers } of everyBoot()) {
      expect(lines(answers.hostname), name).toEqual([hostname, hostname, hostname]);
      const [database, itself] = lines(answers.peers);
      expect(database, name).toMatch(/^192\.168\.76\.60 /);
      expect(itself, name).toMatch(/^127\.0\.1\.1 /);
    }
  });

  it('has the machine id of the lab, or one of its own, and journals by it', () => {
    for (const { name, answers } of everyBoot()) {
      const [id, journal] = lines(answers.machineId);
      expect(journal, name).toBe(id);
      expect(id, name).toMatch(/^[0-9a-f]{32}$/);
    }
    const ids = everyBoot().map(({ answers }) => lines(answers.machineId)[0]);
    expect(ids.slice(0, 2)).toEqual([proof.lab.machineId, proof.lab.machineId]);
    expect(new Set(ids).size).toBe(3);
  });

  it('has its addresses and its way out on the interface that was named, and none on the other', () => {
    const more: Record<string, string[]> = {
      [bootNodes.agent.name]: ['fd00:76::41/64'],
      [bootNodes.outside.name]: ['fd00:76::43/64'],
    };
    for (const { name, address, answers } of everyBoot()) {
      const { [virtualNetwork.interface]: named, ...others } = addressesOf(answers.addresses);
      expect(named, name).toEqual([`${address}/24`, ...(more[name] ?? [])]);
      expect(Object.values(others), name).toEqual([[]]);
      expect(JSON.parse(answers.routes.text), name).toEqual([
        expect.objectContaining({ gateway: virtualNetwork.gateway, dev: virtualNetwork.interface }),
      ]);
    }
  });

  it('has its network from the renderer of its class, name servers included', () => {
    const { agent, server, outside } = proof;
    for (const [answer, file] of [
      [agent.first.networkd, '/etc/systemd/network/10-sifaka.network'],
      [server.networkd, '/run/systemd/network/10-netplan-ens5.network'],
    ] as const) {
      expect(lines(answer)).toEqual(
        expect.arrayContaining([
          `Network File: ${file}`,
          'DNS: 192.168.76.53',
          'Search Domains: lab.example',
        ]),
      );
    }
    expect(lines(outside.networkd)[0]).toBe('inactive');
    expect(lines(outside.resolvConf)).toEqual(
      expect.arrayContaining(['search lab.example', 'nameserver 192.168.76.53']),
    );
  });

  it('has its users: groups, password hash, home, keys, and sudo, by which these questions were asked', () => {
    const { user, passwordHash } = proof.lab;
    for (const { name, answers } of everyBoot()) {
      expect(lines(answers.passwd), name).toEqual([
        `${user}:x:1234:1234:Lab operator:/home/${user}:/bin/bash`,
        `${user} adm sudo storage-team`,
      ]);
      expect(answers.shadow.text.split(':').slice(0, 2), name).toEqual([user, passwordHash]);
      expect(lines(answers.home), name).toEqual([
        `${user} ${user} 750`,
        `${user} ${user} 700`,
        `${user} ${user} 600`,
      ]);
    }
  });

  it('keeps the sealed host key through its first boot, and no key of the golden image', () => {
    for (const { name, answers } of everyBoot()) {
      expect(lines(answers.hostKeys), name).toEqual([
        'ssh_host_ed25519_key',
        'ssh_host_ed25519_key.pub',
        'root 600',
        proof.lab.hostKey,
      ]);
    }
  });

  it('enables and runs the units of its part in the cluster, and no others', () => {
    const logs = 'sifaka-collect-logs.timer enabled active';
    expect(lines(proof.agent.first.units)).toEqual([
      'sifaka-bootstrap.service enabled active',
      'k3s.service  inactive',
      'k3s-agent.service enabled active',
      'sifaka-longhorn-check.service enabled active',
      logs,
    ]);
    expect(lines(proof.server.units)).toEqual([
      'sifaka-bootstrap.service enabled active',
      'k3s.service enabled active',
      'k3s-agent.service  inactive',
      'sifaka-longhorn-check.service  inactive',
      logs,
    ]);
    expect(lines(proof.outside.units)).toEqual([
      'sifaka-bootstrap.service  inactive',
      'k3s.service  inactive',
      'k3s-agent.service  inactive',
      'sifaka-longhorn-check.service  inactive',
      logs,
    ]);
  });

  it('brings its node into the cluster once: not again at the second boot', () => {
    const { first, second } = proof.agent;
    expect(second.bootId.text).not.toBe(first.bootId.text);
    expect(first.bootstrapped.text).toBe('yes');
    expect(second.bootstrapped.text).toBe('no');
    // The journal of both boots.
    expect([first.bootstraps.text, second.bootstraps.text]).toEqual(['1', '1']);
    expect(lines(first.stamp)[0]).toBe('agent');
    expect(second.stamp.text).toBe(first.stamp.text);
    // k3s itself was started by each boot, once.
    expect(lines(second.starts)).toEqual([`${first.bootId.text} agent`, `${second.bootId.text} agent`]);
    expect(lines(proof.server.starts)).toEqual([`${proof.server.bootId.text} server`]);
    expect(proof.outside.starts.status).not.toBe(0);
  });

  it('gives k3s its configuration, its token and the node password, readable by root alone', () => {
    const { lab, agent, server } = proof;
    const configuration = lines(agent.first.k3sConfig);
    for (const line of [
      'server: "https://192.168.76.42:6443"',
      'token-file: "/etc/rancher/k3s/token"',
      `node-name: "${bootNodes.agent.name}"`,
      `node-ip: "${bootNodes.agent.address}"`,
      'flannel-iface: "ens5"',
      '- "hardware=emulated"',
      '- "lab.example/answer=no"',
      '- "dedicated=proof:NoSchedule"',
    ]) {
      expect(configuration).toContain(line);
    }
    expect(lines(agent.first.k3sSecrets)).toEqual([lab.token, lab.nodePassword, 'root 600', 'root 600']);
    expect(lines(server.k3sConfig)).toContain('cluster-init: true');
    expect(lines(server.k3sSecrets)[0]).toBe(lab.token);
  });

  it('boots without its Longhorn disk, and does not let k3s start before the disk is there', () => {
    const { withoutDisk, first, second } = proof.agent;
    expect(withoutDisk.refused).toMatchObject({ status: 0 });
    expect(withoutDisk.mounted.text).toBe('');
    expect(withoutDisk.mountPoint.text).toBe('0');
    expect(lines(withoutDisk.k3s)).toEqual(['disabled', 'inactive']);
    expect(withoutDisk.stamp.status).not.toBe(0);
    expect(withoutDisk.starts.status).not.toBe(0);
    for (const answers of [first, second]) {
      expect(answers.bootstrap).toMatchObject({ status: 0 });
      expect(answers.mount.text).toMatch(new RegExp(`^${proof.lab.diskUuid} +ext4 +rw,noatime$`));
    }
  });

  it('bounds its logs', () => {
    for (const { name, answers } of everyBoot()) {
      expect(answers.journal.text, name).toMatch(/^System Journal \(\/var\/log\/journal\/.*, max 48\.0M,/m);
    }
    const kept = lines(proof.agent.first.logs);
    expect(kept).toContain('young.log.1');
    expect(kept).not.toContain('old.log.1');
  });

  it('has the hooks of the lab, on the boot partition too', () => {
    for (const { name, answers } of everyBoot()) expect(answers.hook.text, name).toBe('262144');
    expect(proof.agent.first.commandLine.text).toContain('sifaka.node=boot-agent');
    expect(proof.server.commandLine.text).not.toContain('sifaka.node');
  });

  it('is proven until it boots, and known to have changed after', () => {
    const { verifiedBefore, verifiedAfter } = proof.agent;
    expect(verifiedBefore).toMatchObject({ code: 0, report: { report: { matches: true } } });
    expect(verifiedAfter).toMatchObject({ code: 1, report: { code: 'VERIFY_MISMATCH' } });
    expect(String(verifiedAfter.report['what'])).toContain('A node that has booted from a card changes it.');
  });
});
