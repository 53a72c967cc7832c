import { existsSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { amd64 } from '../../rig/boot/architecture.ts';
import { bootNodes } from '../../rig/boot/boot-lab.ts';
import { bootProofTools, type PcProof, provePc } from '../../rig/boot/boot-proof.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { type Boot, claimsOfEveryBoot, claimsOfTheAgent, lines } from './claims.ts';

const tools = [...bootProofTools, ...amd64.tools];
const isRoot = process.getuid?.() === 0;
let proof: PcProof;

beforeAll(async () => {
  if (isRoot && tools.every(isOnPath) && amd64.files.every(existsSync)) proof = await provePc();
});
beforeEach((context) => {
  requireTools(context, ...tools);
  for (const file of amd64.files) if (!existsSync(file)) unproven(context, `needs ${file}`);
  if (!isRoot) unproven(context, 'needs root, for mmdebstrap and loop devices');
});

const boots = (): Boot[] => [
  { ...bootNodes.agent, answers: proof.agent.first },
  { ...bootNodes.agent, answers: proof.agent.second },
  { ...bootNodes.server, answers: proof.server },
  { ...bootNodes.outside, answers: proof.outside },
];

describe('a card burned for a PC', () => {
  claimsOfEveryBoot(boots, () => proof.lab);

  it('has its network from the renderer of its class, name servers included', () => {
    for (const [answer, file] of [
      [proof.agent.first.networkd, '/etc/systemd/network/10-sifaka.network'],
      [proof.server.networkd, `/run/systemd/network/10-netplan-${amd64.interface}.network`],
    ] as const) {
      expect(lines(answer)).toEqual(
        expect.arrayContaining([
          `Network File: ${file}`,
          'DNS: 192.168.76.53',
          'Search Domains: lab.example',
        ]),
      );
    }
    expect(lines(proof.outside.networkd)[0]).toBe('inactive');
    expect(lines(proof.outside.resolvConf)).toEqual(
      expect.arrayContaining(['search lab.example', 'nameserver 192.168.76.53']),
    );
  });
});

describe('the card of an agent on a PC', () => {
  claimsOfTheAgent(
    () => proof.agent,
    () => proof.lab,
  );

  it('boots without its Longhorn disk, and does not let k3s start before the disk is there', () => {
    const { withoutDisk } = proof;
    expect(withoutDisk.refused).toMatchObject({ status: 0 });
    expect(withoutDisk.mounted.text).toBe('');
    expect(withoutDisk.mountPoint.text).toBe('0');
    expect(lines(withoutDisk.k3s)).toEqual(['disabled', 'inactive']);
    expect(withoutDisk.stamp.status).not.toBe(0);
    expect(withoutDisk.starts.status).not.toBe(0);
  });
});

describe('a card that was used and is burned for another node', () => {
  it('is a server and nothing of what it was', () => {
    const { server, lab } = proof;
    expect(lines(server.units)).toEqual([
      'sifaka-bootstrap.service enabled active',
      'k3s.service enabled active',
      'k3s-agent.service  inactive',
      'sifaka-longhorn-check.service  inactive',
      'sifaka-collect-logs.timer enabled active',
    ]);
    expect(lines(server.starts)).toEqual([`${server.bootId.text} server`]);
    expect(server.bootstraps.text).toBe('1');
    expect(lines(server.k3sConfig)).toContain('cluster-init: true');
    expect(lines(server.k3sSecrets)[0]).toBe(lab.token);
    expect(server.commandLine.text).not.toContain('sifaka.node');
  });

  it('is outside of the cluster when its node is', () => {
    expect(lines(proof.outside.units)).toEqual([
      'sifaka-bootstrap.service  inactive',
      'k3s.service  inactive',
      'k3s-agent.service  inactive',
      'sifaka-longhorn-check.service  inactive',
      'sifaka-collect-logs.timer enabled active',
    ]);
    expect(proof.outside.starts.status).not.toBe(0);
  });
});
