import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { codeOf, rendered } from './rendered.ts';
import { imageEntries, renderInput } from './render-input.ts';

const banner = '# Written by Sifaka when this card was made. Its source is the inventory of the lab.\n';

describe('who the node is', () => {
  it('has its name in /etc/hostname and /etc/hosts, with the hosts of class and node after it', () => {
    const card = rendered(
      renderInput({
        node: { hosts: [{ address: 'fd00::5', names: ['backup'] }], machineId: 'a'.repeat(32) },
      }),
    );
    expect(card.text('/etc/hostname')).toBe('titan-13\n');
    expect(card.text('/etc/hosts')).toBe(
      `${banner}127.0.0.1 localhost\n127.0.1.1 titan-13\n::1 localhost ip6-localhost ip6-loopback\n` +
        'ff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.22.11 titan-0a api.titan.internal\nfd00::5 backup\n',
    );
    expect(card.text('/etc/machine-id')).toBe(`${'a'.repeat(32)}\n`);
    expect(card.owner('/etc/machine-id')).toBe('0444 0:0');
  });

  it('keeps its name in the cluster when its hostname is another', () => {
    const card = rendered(renderInput({ node: { hostname: 'oceanus' } }));
    expect(card.text('/etc/hostname')).toBe('oceanus\n');
    expect(parse(card.text('/etc/rancher/k3s/config.yaml'))).toMatchObject({ 'node-name': 'titan-13' });
  });

  it('tells cloud-init to leave all that alone, where the image has cloud-init', () => {
    expect(rendered(renderInput()).paths).not.toContain('/etc/cloud/cloud.cfg.d/99-sifaka.cfg');
    const entries = imageEntries();
    entries.set('/etc/cloud', { info: { kind: 'directory', mode: 0o755, uid: 0, gid: 0, size: 4096 } });
    const card = rendered(renderInput({}, { imageEntries: entries }));
    expect(parse(card.text('/etc/cloud/cloud.cfg.d/99-sifaka.cfg'))).toEqual({
      preserve_hostname: true,
      manage_etc_hosts: false,
      ssh_deletekeys: false,
      network: { config: 'disabled' },
    });
  });
});

describe('the network', () => {
  it('is a private netplan file with quoted values', () => {
    const card = rendered(renderInput());
    expect(card.owner('/etc/netplan/60-sifaka.yaml')).toBe('0600 0:0');
    expect(card.text('/etc/netplan/60-sifaka.yaml')).toBe(`${banner}network:
  version: 2
  ethernets:
    end0:
      dhcp4: false
      dhcp6: false
      addresses:
        - "192.168.22.43/24"
      routes:
        - to: "0.0.0.0/0"
          via: "192.168.22.1"
      nameservers:
        addresses:
          - "192.168.22.1"
        search:
          - "titan.internal"
`);
  });

  it('empties what cloud-init left for netplan to merge, where the image has it', () => {
    const left = '/etc/netplan/50-cloud-init.yaml';
    expect(rendered(renderInput()).paths).not.toContain(left);
    const entries = imageEntries();
    entries.set(left, { info: { kind: 'file', mode: 0o600, uid: 0, gid: 0, size: 80 } });
    const card = rendered(renderInput({}, { imageEntries: entries }));
    expect(parse(card.text(left))).toEqual({ network: { version: 2 } });
    expect(card.owner(left)).toBe('0600 0:0');
  });

  it('does not let YAML 1.1 read an interface name as a truth value', () => {
    const card = rendered(renderInput({ node: { network: { interface: 'no', addresses: 'dhcp' } } }));
    expect(card.text('/etc/netplan/60-sifaka.yaml')).toContain(
      '    "no":\n      dhcp4: true\n      dhcp6: true\n',
    );
    expect(parse(card.text('/etc/netplan/60-sifaka.yaml'), { version: '1.1' })).toHaveProperty(
      ['network', 'ethernets', 'no', 'dhcp4'],
      true,
    );
  });

  it('is a systemd-networkd file for two IP versions', () => {
    const network = {
      interface: 'eth0',
      addresses: ['192.168.22.43/24', 'fd00::43/64'],
      gateway: 'fd00::1',
      nameservers: ['192.168.22.1', 'fd00::1'],
      search: ['a.internal', 'b.internal'],
    };
    const card = rendered(renderInput({ nodeClass: { networkRenderer: 'networkd' }, node: { network } }));
    expect(card.text('/etc/systemd/network/10-sifaka.network')).toBe(
      `${banner}[Match]\nName=eth0\n\n[Network]\nDHCP=no\nAddress=192.168.22.43/24\nAddress=fd00::43/64\nGateway=fd00::1\n` +
        'DNS=192.168.22.1\nDNS=fd00::1\nDomains=a.internal b.internal\n',
    );
  });

  it('is an ifupdown stanza per address, the gateway in the one of its IP version, and a resolv.conf', () => {
    const network = {
      interface: 'eth0',
      addresses: ['192.168.22.43/24', 'fd00::43/64'],
      gateway: 'fd00::1',
      nameservers: ['192.168.22.1'],
      search: ['titan.internal'],
    };
    const card = rendered(renderInput({ nodeClass: { networkRenderer: 'ifupdown' }, node: { network } }));
    expect(card.text('/etc/network/interfaces.d/sifaka')).toBe(
      `${banner}auto eth0\n\niface eth0 inet static\n    address 192.168.22.43/24\n    dns-nameservers 192.168.22.1\n` +
        '    dns-search titan.internal\n\niface eth0 inet6 static\n    address fd00::43/64\n    gateway fd00::1\n',
    );
    expect(card.text('/etc/network/interfaces')).toContain('\nsource /etc/network/interfaces.d/*\n');
    expect(card.text('/etc/resolv.conf')).toBe(`${banner}search titan.internal\nnameserver 192.168.22.1\n`);
  });

  it('leaves resolv.conf to resolvconf or systemd-resolved where it is their link, and to DHCP', () => {
    const entries = imageEntries();
    entries.set('/etc/resolv.conf', { info: { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, size: 20 } });
    const linked = renderInput({ nodeClass: { networkRenderer: 'ifupdown' } }, { imageEntries: entries });
    expect(rendered(linked).paths).not.toContain('/etc/resolv.conf');
    const dhcp = { interface: 'eth0', addresses: 'dhcp', nameservers: ['192.168.22.1'] };
    const byDhcp = rendered(
      renderInput({ nodeClass: { networkRenderer: 'ifupdown' }, node: { network: dhcp } }),
    );
    expect(byDhcp.paths).not.toContain('/etc/resolv.conf');
    expect(byDhcp.text('/etc/network/interfaces.d/sifaka')).toBe(
      `${banner}auto eth0\niface eth0 inet dhcp\niface eth0 inet6 auto\n`,
    );
  });

  it.each([
    { interface: 'eth0', addresses: 'dhcp', gateway: '192.168.22.1' },
    { interface: 'eth0', addresses: ['192.168.22.43/24'], gateway: 'fd00::1' },
  ])('refuses a gateway that cannot be used: %j', (network) => {
    expect(codeOf(() => rendered(renderInput({ node: { network } })))).toBe('LAB_FILE_INVALID');
  });
});
