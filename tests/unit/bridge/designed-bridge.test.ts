import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderDesign } from '../../../electron/services/bridge/design/render-design.ts';
import { loadTemplates } from '../../../electron/services/bridge/design/templates.ts';
import { designedBridge } from '../../../electron/services/bridge/plan/designed-bridge.ts';
import { planBridge } from '../../../electron/services/bridge/plan/plan-bridge.ts';
import type { ClusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import { bridge, bridgeFacts, file, names, request, stanza } from './plan-fixtures.ts';

const ports = ['thunderbolt0', 'thunderbolt1'];
const resources = resolve(import.meta.dirname, '../../../resources');

const said = (...files: Parameters<typeof designedBridge>[0]) =>
  designedBridge(files, 'thunderbridge', ports);

/** What a new design has for each node. */
async function rendered(described: ClusterBridge) {
  const { files } = renderDesign(described, await loadTemplates(resources));
  return Object.fromEntries(
    names.map((node) => {
      const own = files.filter(({ path }) => path.startsWith('common/') || path.startsWith(`${node}/`));
      const onNode = own.map(({ path, text, mode }) => file(path.slice(path.indexOf('/')), text, { mode }));
      return [node, { files: onNode }];
    }),
  );
}

function withStp(stp: boolean): ClusterBridge {
  return { ...bridge, stp, nodes: bridge.nodes.map((member) => Object.assign({}, member, { stp })) };
}

describe('what the files of a design say', () => {
  it('is what the cluster file said when they were rendered', async () => {
    const cases = await rendered(bridge);
    for (const [index, node] of names.entries()) {
      const found = said(...(cases[node]?.files ?? []));
      expect(found).toMatchObject({
        named: true,
        addresses: [`10.99.0.${index + 1}/24`],
        mtu: 65_520,
        stp: true,
        forwardDelay: 2,
      });
      expect(new Set(found.portMtus.map(({ port, mtu }) => `${port} ${mtu}`))).toEqual(
        new Set(['thunderbolt0 65520', 'thunderbolt1 65520']),
      );
    }
    expect(planBridge(request, bridgeFacts(cases))).toMatchObject({
      refusals: [],
      warnings: [{ code: 'stp-settles' }],
    });
  });

  it('is refused in a ring when the cluster file switched STP off', async () => {
    const off = withStp(false);
    const { refusals } = planBridge(request, bridgeFacts(await rendered(off), off));
    expect(refusals.map(({ code, node }) => `${node} ${code}`)).toEqual(
      names.map((node) => `${node} ring-without-stp`),
    );
  });

  it('is read from systemd’s files and old spellings, too', () => {
    const netdev = '[NetDev]\nName=thunderbridge\nKind=bridge\nMTUBytes=64K\n[Bridge]\nSTP=yes\n';
    expect(said(file('/etc/systemd/network/b.netdev', netdev))).toMatchObject({
      named: true,
      stp: true,
      mtu: 65_536,
    });
    const old = 'iface thunderbridge inet static\n  address 10.0.0.1/8\n  bridge_stp yes\n  bridge_fd 4\n';
    expect(said(file('/etc/network/interfaces.d/b', old))).toMatchObject({
      stp: true,
      forwardDelay: 4,
      addresses: ['10.0.0.1/8'],
    });
    const add =
      '#!/bin/sh\n/sbin/ip link add name thunderbridge \\\n  type bridge stp_state 1\nip link set thunderbridge mtu 9000\n';
    expect(said(file('/usr/local/sbin/b', add))).toMatchObject({ named: true, stp: true, mtu: 9000 });
  });

  it('is not what stands in a comment, of another interface, or in what is no text', () => {
    const other = 'iface vmbr0 inet static\n  bridge-stp on\n  mtu 1500\n# iface thunderbridge inet manual\n';
    expect(said(file('/etc/network/interfaces.d/b', other))).toEqual({
      named: false,
      addresses: [],
      portMtus: [],
    });
    const { text: _text, ...blob } = stanza('10.99.0.1/24');
    expect(said({ ...blob, base64: 'AAE=' })).toMatchObject({ named: false });
  });

  it('is STP off where one file says so and another does not', () => {
    const off = file(
      '/usr/local/sbin/x',
      '#!/bin/sh\nip link set dev thunderbridge type bridge stp_state 0\n',
    );
    expect(designedBridge([stanza('10.99.0.1/24'), off], 'thunderbridge', ports).stp).toBe(false);
  });
});
