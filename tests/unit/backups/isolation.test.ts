import { expect, test } from 'vitest';
import { disksOf, parseGuestConfig } from '../../../electron/services/backups/restore/guest-config.ts';
import {
  carriesMark,
  isolatingOptions,
  waysOut,
} from '../../../electron/services/backups/restore/isolation.ts';

const machine = `#sifaka restore test 5f0c%3A1
agent: 1
args: -netdev user,id=x
boot: order=scsi0
hookscript: local:snippets/hook.pl
hostpci0: 0000:01:00.0
ide2: local:iso/debian.iso,media=cdrom
ide3: local-lvm:vm-9900-cloudinit,media=cdrom
net0: virtio=BC:24:11:00:00:64,bridge=vmbr0,link_down=0
net1: e1000=BC:24:11:00:00:65,bridge=vmbr1
onboot: 1
scsi0: local-lvm:vm-9900-disk-0,size=32G
serial0: socket
serial1: /dev/ttyS0
usb0: host=1234:5678
virtiofs0: share

[before-upgrade]
net0: virtio=BC:24:11:00:00:64,bridge=vmbr0
`;

const container = `arch: amd64
dev0: /dev/dri/card0
mp0: /mnt/data,mp=/data
mp1: local-zfs:subvol-9900-disk-1,mp=/srv,size=8G
net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:01:00:65,ip=dhcp
rootfs: local-zfs:subvol-9900-disk-0,size=8G
`;

test('a machine keeps its disks and loses its links, the host’s devices and what starts it', () => {
  const config = parseGuestConfig(machine);
  expect(isolatingOptions('qemu', 9900, config)).toEqual([
    '--net0',
    'virtio=BC:24:11:00:00:64,bridge=vmbr0,link_down=1',
    '--net1',
    'e1000=BC:24:11:00:00:65,bridge=vmbr1,link_down=1',
    '--onboot',
    '0',
    '--delete',
    'args,hookscript,hostpci0,ide2,serial1,usb0,virtiofs0',
  ]);
  expect(waysOut('qemu', 9900, config)).toEqual([
    'args is of the host or of others',
    'hookscript is of the host or of others',
    'hostpci0 is of the host or of others',
    'ide2 is of the host or of others',
    'net0 is connected',
    'net1 is connected',
    'serial1 is of the host or of others',
    'usb0 is of the host or of others',
    'virtiofs0 is of the host or of others',
    'onboot is on',
  ]);
});

test('a container keeps its own mounts and loses the host’s, its devices and its links', () => {
  const config = parseGuestConfig(container);
  expect(isolatingOptions('lxc', 9900, config)).toEqual(['--onboot', '0', '--delete', 'dev0,mp0,net0']);
  expect(waysOut('lxc', 9900, config)).toEqual(
    expect.arrayContaining([
      'dev0 is of the host or of others',
      'mp0 is of the host or of others',
      'net0 is connected',
    ]),
  );
});

test.each([
  [
    'a disk of another guest',
    'qemu',
    'scsi0: local-lvm:vm-100-disk-0',
    'scsi0 is not its own: local-lvm:vm-100-disk-0',
  ],
  ['a disk of the host', 'qemu', 'scsi1: /dev/sdb', 'scsi1 is not its own: /dev/sdb'],
  ['a link of a container, even one that is down', 'lxc', 'net0: name=eth0,link_down=1', 'net0 is connected'],
  [
    'a mount that only LXC knows of',
    'lxc',
    'lxc.mount.entry: /srv srv none bind 0 0',
    'lxc.mount.entry may lead out of the container',
  ],
  [
    'a network that only LXC knows of',
    'lxc',
    'lxc.net.0.type: phys',
    'lxc.net.0.type may lead out of the container',
  ],
] as const)('%s keeps it from being started', (_, type, line, way) => {
  expect(waysOut(type, 9900, parseGuestConfig(`${line}\n`))).toEqual([way]);
});

test('a guest that is cut off has no way out', () => {
  const config = parseGuestConfig(
    'agent: 1\nnet0: virtio=BC:24:11:00:00:64,bridge=vmbr0,link_down=1\nonboot: 0\nscsi0: nas:9900/vm-9900-disk-0.raw,size=4M\n',
  );
  expect(waysOut('qemu', 9900, config)).toEqual([]);
  expect(isolatingOptions('qemu', 9900, config).filter((option) => option !== '0')).toEqual([
    '--net0',
    'virtio=BC:24:11:00:00:64,bridge=vmbr0,link_down=1',
  ]);
});

test('the mark is a line of its own, of exactly this test', () => {
  expect(carriesMark(parseGuestConfig(machine), '5f0c:1')).toBe(true);
  expect(carriesMark(parseGuestConfig(machine), '5f0c:')).toBe(false);
  expect(carriesMark(parseGuestConfig('#see sifaka restore test 5f0c%3A1\n'), '5f0c:1')).toBe(false);
  expect(carriesMark(parseGuestConfig('name: sifaka restore test 5f0c\n'), '5f0c')).toBe(false);
});

test('disks are those of the guest now, without its snapshots and drives for discs', () => {
  expect(disksOf(parseGuestConfig(machine))).toEqual([
    { key: 'scsi0', volume: 'local-lvm:vm-9900-disk-0', size: '32G' },
  ]);
});
