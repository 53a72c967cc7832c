import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { escapeUnitPath, unitProgram } from '../../../electron/services/cards/render/systemd-text.ts';
import { codeOf, rendered } from './rendered.ts';
import { renderInput, secrets } from './render-input.ts';

const k3s = { role: 'agent', server: 'https://192.168.22.11:6443', tokenSecret: 'k3s-token' };
const uuid = '6a1e0b6c-0b1d-4c7f-9b5e-0d5b0f0e1301';
const mount = String.raw`/etc/systemd/system/mnt-longhorn\x2d1.mount`;

describe('k3s', () => {
  it('is configured by a private file that names the token’s file and not the token', () => {
    const card = rendered(renderInput());
    const text = card.text('/etc/rancher/k3s/config.yaml');
    expect(parse(text)).toEqual({
      server: 'https://192.168.22.11:6443',
      'token-file': '/etc/rancher/k3s/token',
      'node-name': 'titan-13',
      'node-ip': '192.168.22.43',
      'flannel-iface': 'end0',
      'node-label': ['node.longhorn.io/create-default-disk=true'],
      'node-taint': ['storage=only:NoSchedule'],
      'kubelet-arg': ['max-pods=60'],
    });
    expect(card.owner('/etc/rancher/k3s/config.yaml')).toBe('0600 0:0');
    expect(text).not.toContain('K10deadbeef');
  });

  it('gets token and node password as secret files of one line, however they were sealed', () => {
    const card = rendered(renderInput({}, { secrets: { ...secrets, 'k3s-token': 'K10abc\r\n\n' } }));
    expect(card.text('/etc/rancher/k3s/token')).toBe('K10abc\n');
    expect(card.text('/etc/rancher/node/password')).toBe('node-password-of-titan-13\n');
    for (const path of ['/etc/rancher/k3s/token', '/etc/rancher/node/password']) {
      expect(card.owner(path)).toBe('0600 0:0');
      expect(card.file(path).secret).toBe(true);
    }
  });

  it('refuses a token that is missing, empty or more than a line', () => {
    expect(codeOf(() => rendered(renderInput({}, { secrets: {} })))).toBe('SECRET_UNKNOWN');
    for (const token of ['', '\n', 'one\ntwo']) {
      expect(codeOf(() => rendered(renderInput({}, { secrets: { ...secrets, 'k3s-token': token } })))).toBe(
        'SECRET_UNREADABLE',
      );
    }
  });

  it('starts a cluster with a first server', () => {
    const server = { role: 'server', clusterInit: true, tokenSecret: 'k3s-token' };
    const card = rendered(renderInput({ node: { k3s: server, longhornDisks: [] } }));
    expect(parse(card.text('/etc/rancher/k3s/config.yaml'))).toEqual({
      'cluster-init': true,
      'token-file': '/etc/rancher/k3s/token',
      'node-name': 'titan-13',
    });
    expect(card.text('/etc/sifaka/k3s-role')).toBe('server\n');
    expect(card.text('/etc/systemd/system/k3s.service')).toContain('ExecStart="/usr/local/bin/k3s" server\n');
    expect(card.paths).not.toContain('/etc/systemd/system/k3s-agent.service');
  });

  it.each([
    { ...k3s, server: undefined },
    { ...k3s, clusterInit: true },
  ])('refuses an agent that cannot be: %j', (entry) => {
    expect(codeOf(() => rendered(renderInput({ node: { k3s: entry } })))).toBe('LAB_FILE_INVALID');
  });

  it('is not there for a machine beside the cluster', () => {
    const { paths } = rendered(renderInput({ node: { k3s: undefined, longhornDisks: [] } }));
    expect(paths.filter((path) => /k3s|rancher|bootstrap/.test(path))).toEqual([]);
  });

  it('is enabled once by a bootstrap that is itself linked into multi-user.target', () => {
    const card = rendered(renderInput());
    const unit = card.text('/etc/systemd/system/sifaka-bootstrap.service');
    expect(unit).toContain('ConditionPathExists=!/var/lib/sifaka/bootstrapped\n');
    expect(unit).toContain('After=network-online.target sifaka-longhorn-check.service\n');
    expect(unit).toContain('ExecStartPre=/usr/local/lib/sifaka/check-longhorn /etc/sifaka/longhorn-disks\n');
    expect(card.paths).toContain('/etc/systemd/system/multi-user.target.wants/sifaka-bootstrap.service');
    expect(card.paths).not.toContain('/etc/systemd/system/multi-user.target.wants/k3s-agent.service');
    expect(card.owner('/usr/local/lib/sifaka/bootstrap')).toBe('0755 0:0');
  });

  it('keeps values that mean something to YAML, a shell or systemd what they are', () => {
    const hostile = [
      '$(reboot)',
      '`id`',
      '%n',
      'a: [b',
      '"; rm -rf /',
      '- x',
      '#',
      'yes',
      '0x1F',
      ' lead',
      '\u2028',
    ];
    const card = rendered(renderInput({ node: { k3s: { ...k3s, kubeletArguments: hostile } } }));
    for (const version of ['1.1', '1.2'] as const) {
      expect(
        parse(card.text('/etc/rancher/k3s/config.yaml').replaceAll(/[\u00e2]\u0080\u00a8/g, '\u2028'), {
          version,
        }),
      ).toHaveProperty('kubelet-arg', hostile);
    }
    for (const path of card.paths.filter((each) => /\.service$|\/usr\/local\/lib\/sifaka\//.test(each))) {
      if (card.entries.some(({ entry }) => entry.path === path && entry.kind === 'file')) {
        for (const value of hostile.slice(0, 5)) expect(card.text(path)).not.toContain(value);
      }
    }
  });

  it('doubles specifiers and quotes the path of its binary', () => {
    const card = rendered(renderInput({ nodeClass: { k3sBinary: '/opt/100%/my k3s' } }));
    expect(card.text('/etc/systemd/system/k3s-agent.service')).toContain(
      'ExecStart="/opt/100%%/my k3s" agent\n',
    );
    expect(unitProgram('/a"b\\c')).toBe(String.raw`"/a\"b\\c"`);
    for (const k3sBinary of ['/opt/a\\', '/opt/"k3s"', '/opt/k3s ']) {
      expect(codeOf(() => rendered(renderInput({ nodeClass: { k3sBinary } })))).toBe('LAB_FILE_INVALID');
    }
  });
});

describe('Longhorn disks', () => {
  it('get a mount unit that a missing disk does not turn into a boot failure', () => {
    const card = rendered(renderInput());
    expect(
      card.text(mount),
    ).toBe(String.raw`# Written by Sifaka when this card was made. Its source is the inventory of the lab.
[Unit]
Description=Longhorn disk at /mnt/longhorn-1
DefaultDependencies=no
After=local-fs-pre.target systemd-fsck@dev-disk-by\x2duuid-6a1e0b6c\x2d0b1d\x2d4c7f\x2d9b5e\x2d0d5b0f0e1301.service
Wants=systemd-fsck@dev-disk-by\x2duuid-6a1e0b6c\x2d0b1d\x2d4c7f\x2d9b5e\x2d0d5b0f0e1301.service
Before=umount.target
Conflicts=umount.target
JobTimeoutSec=60s

[Mount]
What=/dev/disk/by-uuid/6a1e0b6c-0b1d-4c7f-9b5e-0d5b0f0e1301
Where=/mnt/longhorn-1
Type=ext4
Options=noatime

[Install]
WantedBy=multi-user.target
`);
    expect(card.paths).toContain(
      String.raw`/etc/systemd/system/multi-user.target.wants/mnt-longhorn\x2d1.mount`,
    );
    expect(card.owner('/mnt/longhorn-1')).toBe('0000 0:0');
    expect(card.text('/etc/sifaka/longhorn-disks')).toBe(`${uuid} /mnt/longhorn-1\n`);
  });

  it('are checked before k3s starts, each time', () => {
    expect(rendered(renderInput()).text('/etc/systemd/system/k3s-agent.service')).toContain(
      'ExecStartPre=/usr/local/lib/sifaka/check-longhorn /etc/sifaka/longhorn-disks\n',
    );
    const without = rendered(renderInput({ node: { longhornDisks: [] } }));
    expect(without.text('/etc/systemd/system/k3s-agent.service')).not.toContain('longhorn');
    expect(without.paths.filter((path) => path.includes('longhorn'))).toEqual([]);
  });

  it('do not ask for fsck on xfs', () => {
    const disk = { uuid, mountPath: '/mnt/longhorn-1', filesystem: 'xfs' };
    expect(rendered(renderInput({ node: { longhornDisks: [disk] } })).text(mount)).not.toContain('fsck');
  });

  it.each(['/', '/etc', '/usr/lib/x', '/var', '/mnt', '/home', '/mnt/a"b', '/mnt/a\\', '/mnt/ '])(
    'are not mounted at %s',
    (mountPath) => {
      expect(codeOf(() => rendered(renderInput({ node: { longhornDisks: [{ uuid, mountPath }] } })))).toBe(
        'LAB_FILE_INVALID',
      );
    },
  );

  it('are not mounted into each other, nor twice', () => {
    const other = uuid.replace('6a', '7b');
    for (const longhornDisks of [
      [
        { uuid, mountPath: '/mnt/a' },
        { uuid: other, mountPath: '/mnt/a/b' },
      ],
      [
        { uuid, mountPath: '/mnt/a' },
        { uuid: uuid.toUpperCase(), mountPath: '/mnt/b' },
      ],
    ]) {
      expect(codeOf(() => rendered(renderInput({ node: { longhornDisks } })))).toBe('LAB_FILE_INVALID');
    }
  });

  it('are named as systemd names them', () => {
    expect(escapeUnitPath('/mnt/longhorn-1')).toBe(String.raw`mnt-longhorn\x2d1`);
    expect(escapeUnitPath('/')).toBe('-');
    expect(escapeUnitPath('/.hidden/a b')).toBe(String.raw`\x2ehidden-a\x20b`);
    expect(escapeUnitPath('/srv/ü')).toBe(String.raw`srv-\xc3\xbc`);
  });
});
