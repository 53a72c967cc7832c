import { expect, it } from 'vitest';
import { type BootLab, type BootNode, bootNodes } from '../../rig/boot/boot-lab.ts';
import type { AgentProof, BootAnswers } from '../../rig/boot/boot-proof.ts';
import type { Answer } from '../../rig/boot/node-shell.ts';
import { virtualGateway } from '../../rig/boot/virtual-machine.ts';

export interface Boot extends BootNode {
  readonly answers: BootAnswers;
}

export const lines = ({ text }: Answer): string[] => text.split('\n').map((line) => line.trim());

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

/**
 * What is true of every boot of every node. That a node was asked at all says: it booted from the card alone, its
 * operator's key opened it for a user of the inventory, and it showed the sealed host key (StrictHostKeyChecking).
 */
export function claimsOfEveryBoot(boots: () => readonly Boot[], lab: () => BootLab): void {
  it('starts a system without a failed unit', () => {
    for (const { name, answers } of boots()) {
      expect(answers.settled, name).toMatchObject({ status: 0 });
      expect(answers.state.text, name).toBe('running');
      expect(answers.root.text, name).toMatch(/^rw,/);
      expect(answers.errors.text, name).toBe('');
    }
  });

  it('is the node by name, among its peers too', () => {
    for (const { name, hostname, answers } of boots()) {
      expect(lines(answers.hostname), name).toEqual([hostname, hostname, hostname]);
      const [database, itself] = lines(answers.peers);
      expect(database, name).toMatch(/^192\.168\.76\.60 /);
      expect(itself, name).toMatch(/^127\.0\.1\.1 /);
    }
  });

  it('has the machine id of the lab, or one of its own, and journals by it', () => {
    const byNode = new Map<string, string>();
    for (const { name, answers } of boots()) {
      const [id = '', journal] = lines(answers.machineId);
      expect(journal, name).toBe(id);
      expect(id, name).toMatch(/^[0-9a-f]{32}$/);
      expect(byNode.get(name) ?? id, name).toBe(id);
      byNode.set(name, id);
    }
    expect(byNode.get(bootNodes.agent.name)).toBe(lab().machineId);
    expect(new Set(byNode.values()).size).toBe(byNode.size);
  });

  it('has its addresses and its way out on the interface that was named, and none on the other', () => {
    for (const { name, addresses, answers } of boots()) {
      const { [lab().interface]: named, ...others } = addressesOf(answers.addresses);
      expect(named, name).toEqual(addresses);
      expect(Object.values(others), name).toEqual([[]]);
      expect(JSON.parse(answers.routes.text), name).toEqual([
        expect.objectContaining({ gateway: virtualGateway, dev: lab().interface }),
      ]);
    }
  });

  it('has its users: groups, password hash, home, keys, and sudo, by which these questions were asked', () => {
    const { user, passwordHash } = lab();
    for (const { name, answers } of boots()) {
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
    for (const { name, answers } of boots()) {
      expect(lines(answers.hostKeys), name).toEqual([
        'ssh_host_ed25519_key',
        'ssh_host_ed25519_key.pub',
        'root 600',
        lab().hostKey,
      ]);
    }
  });

  it('bounds its journal, and has the hooks of its class', () => {
    for (const { name, answers } of boots()) {
      expect(answers.journal.text, name).toMatch(/^System Journal \(\/var\/log\/journal\/.*, max 48\.0M,/m);
      expect(answers.hook.text, name).toBe('262144');
    }
  });
}

/** What is true of a k3s agent that booted twice. */
export function claimsOfTheAgent(agent: () => AgentProof, lab: () => BootLab): void {
  it('enables and runs the units of its part in the cluster, and no others', () => {
    expect(lines(agent().first.units)).toEqual([
      'sifaka-bootstrap.service enabled active',
      'k3s.service  inactive',
      'k3s-agent.service enabled active',
      'sifaka-longhorn-check.service enabled active',
      'sifaka-collect-logs.timer enabled active',
    ]);
  });

  it('brings its node into the cluster once: not again at the second boot', () => {
    const { first, second } = agent();
    expect(second.bootId.text).not.toBe(first.bootId.text);
    expect(first.bootstrapped.text).toBe('yes');
    expect(second.bootstrapped.text).toBe('no');
    // The journal of both boots.
    expect([first.bootstraps.text, second.bootstraps.text]).toEqual(['1', '1']);
    expect(lines(first.stamp)[0]).toBe('agent');
    expect(second.stamp.text).toBe(first.stamp.text);
    // k3s itself was started by each boot, once.
    expect(lines(second.starts)).toEqual([`${first.bootId.text} agent`, `${second.bootId.text} agent`]);
  });

  it('gives k3s its configuration, its token and the node password, readable by root alone', () => {
    const configuration = lines(agent().first.k3sConfig);
    for (const line of [
      'server: "https://192.168.76.42:6443"',
      'token-file: "/etc/rancher/k3s/token"',
      `node-name: "${bootNodes.agent.name}"`,
      `node-ip: "${bootNodes.agent.address}"`,
      `flannel-iface: "${lab().interface}"`,
      '- "hardware=emulated"',
      '- "lab.example/answer=no"',
      '- "dedicated=proof:NoSchedule"',
    ]) {
      expect(configuration).toContain(line);
    }
    expect(lines(agent().first.k3sSecrets)).toEqual([
      lab().token,
      lab().nodePassword,
      'root 600',
      'root 600',
    ]);
  });

  it('mounts its Longhorn disk', () => {
    for (const answers of [agent().first, agent().second]) {
      expect(answers.bootstrap).toMatchObject({ status: 0 });
      expect(answers.mount.text).toMatch(new RegExp(`^${lab().diskUuid} +ext4 +rw,noatime$`));
    }
  });

  it('removes rotated logs that are older than its class says', () => {
    const kept = lines(agent().first.logs);
    expect(kept).toContain('young.log.1');
    expect(kept).not.toContain('old.log.1');
  });

  it('has a hook on the boot partition that its boot loader read', () => {
    expect(agent().first.commandLine.text).toContain('sifaka.node=boot-agent');
  });

  it('is proven until it boots, known to have changed after, and has sound file systems then', () => {
    const { verifiedBefore, verifiedAfter, checks } = agent();
    expect(verifiedBefore).toMatchObject({ code: 0, report: { report: { matches: true } } });
    expect(verifiedAfter).toMatchObject({ code: 1, report: { code: 'VERIFY_MISMATCH' } });
    expect(String(verifiedAfter.report['what'])).toContain('A node that has booted from a card changes it.');
    for (const check of checks) expect(check, check.text).toMatchObject({ status: 0 });
  });
}
