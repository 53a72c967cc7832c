/**
 * What is on the demo image: a root and a boot file system with the files a recovery card touches or must leave alone,
 * shaped like Debian 12 and small enough to keep in git. Nothing in it can run; it exists to be planned, burned and read back.
 */
import { createCipheriv } from 'node:crypto';

const SHADOW_GID = 42;
const JOURNAL_GID = 999;

/** Bytes that no compressor shrinks, the same every time: AES-256-CTR over zeros, keyed by `seed`. */
function incompressible(seed, length) {
  const key = Buffer.alloc(32, seed);
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Bytes that compress to nothing and are easy to recognise in a hex dump. */
function repeated(text, length) {
  return Buffer.alloc(length, text);
}

const directory = (path, mode = 0o755, gid = 0) => ({ kind: 'directory', path, mode, gid });
const file = (path, content, mode = 0o644, gid = 0) => ({
  kind: 'file',
  path,
  mode,
  gid,
  content: typeof content === 'string' ? Buffer.from(content) : content,
});
const symlink = (path, linkTarget) => ({ kind: 'symlink', path, linkTarget });
/** Written and removed again, so that free blocks hold old bytes, as on any image that has been used. */
const deleted = (path, content) => ({ kind: 'deleted', path, content });

const accounts = [
  'root:x:0:0:root:/root:/bin/bash',
  'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
  'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
  'sys:x:3:3:sys:/dev:/usr/sbin/nologin',
  'sync:x:4:65534:sync:/bin:/bin/sync',
  'mail:x:8:8:mail:/var/mail:/usr/sbin/nologin',
  'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  'systemd-network:x:998:998:systemd Network Management:/:/usr/sbin/nologin',
  'messagebus:x:100:107::/nonexistent:/usr/sbin/nologin',
  'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin',
];

const groups = [
  'root:x:0:', 'daemon:x:1:', 'bin:x:2:', 'sys:x:3:', 'adm:x:4:', 'tty:x:5:', 'disk:x:6:', 'mail:x:8:', 'sudo:x:27:',
  'audio:x:29:', 'dip:x:30:', 'www-data:x:33:', `shadow:x:${SHADOW_GID}:`, 'video:x:44:', 'plugdev:x:46:', 'users:x:100:',
  'messagebus:x:107:', 'systemd-network:x:998:', `systemd-journal:x:${JOURNAL_GID}:`, 'nogroup:x:65534:',
]; // biome-ignore format: a table

const lines = (entries) => `${entries.join('\n')}\n`;

const k3sPlaceholder = `#!/bin/sh
# The demo image carries no k3s: this stands where the real binary stands in a golden image.
echo 'k3s: a placeholder of the Sifaka demo image; a real golden image has the k3s binary here' >&2
exit 1
`;

const sshService = `[Unit]
Description=OpenBSD Secure Shell server
After=network.target

[Service]
ExecStartPre=/usr/sbin/sshd -t
ExecStart=/usr/sbin/sshd -D
Restart=on-failure
RuntimeDirectory=sshd

[Install]
WantedBy=multi-user.target
Alias=sshd.service
`;

/** In the order they are written: the order decides where the blocks lie. Parents come before children. */
export const rootTree = [
  ...[
    '/boot',
    '/boot/firmware',
    '/dev',
    '/etc',
    '/home',
    '/media',
    '/mnt',
    '/opt',
    '/proc',
    '/run',
    '/srv',
    '/sys',
  ].map((path) => directory(path)),
  directory('/root', 0o700),
  directory('/tmp', 0o1777),
  ...[
    '/usr',
    '/usr/bin',
    '/usr/sbin',
    '/usr/lib',
    '/usr/lib/systemd',
    '/usr/lib/systemd/system',
    '/usr/share',
  ].map((path) => directory(path)),
  ...[
    '/usr/local',
    '/usr/local/bin',
    '/usr/local/lib',
    '/usr/share/doc',
    '/var',
    '/var/cache',
    '/var/lib',
    '/var/log',
  ].map((path) => directory(path)),
  directory('/var/log/journal', 0o2755, JOURNAL_GID),
  directory('/var/tmp', 0o1777),
  symlink('/bin', 'usr/bin'),
  symlink('/sbin', 'usr/sbin'),
  symlink('/lib', 'usr/lib'),
  symlink('/var/run', '/run'),
  symlink('/var/lock', '/run/lock'),

  ...[
    '/etc/cloud',
    '/etc/cloud/cloud.cfg.d',
    '/etc/default',
    '/etc/logrotate.d',
    '/etc/modules-load.d',
    '/etc/netplan',
  ].map((path) => directory(path)),
  ...[
    '/etc/network',
    '/etc/network/interfaces.d',
    '/etc/ssh',
    '/etc/ssh/sshd_config.d',
    '/etc/sysctl.d',
    '/etc/udev',
  ].map((path) => directory(path)),
  ...[
    '/etc/systemd',
    '/etc/systemd/network',
    '/etc/systemd/system',
    '/etc/systemd/system/multi-user.target.wants',
  ].map((path) => directory(path)),
  directory('/etc/sudoers.d', 0o750),
  directory('/etc/udev/rules.d'),

  file('/etc/passwd', lines(accounts)),
  file('/etc/group', lines(groups)),
  file(
    '/etc/shadow',
    lines(accounts.map((line) => `${line.split(':')[0]}:*:19700:0:99999:7:::`)),
    0o640,
    SHADOW_GID,
  ),
  file('/etc/gshadow', lines(groups.map((line) => `${line.split(':')[0]}:*::`)), 0o640, SHADOW_GID),
  file('/etc/hostname', 'golden\n'),
  file(
    '/etc/hosts',
    '127.0.0.1\tlocalhost\n127.0.1.1\tgolden\n\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n',
  ),
  // Empty: systemd makes a new identity at first boot unless the card brings the node's own.
  file('/etc/machine-id', ''),
  file(
    '/usr/lib/os-release',
    'PRETTY_NAME="Sifaka demo image (shaped like Debian 12)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n',
  ),
  symlink('/etc/os-release', '../usr/lib/os-release'),
  file('/etc/debian_version', '12.7\n'),
  file(
    '/etc/fstab',
    'LABEL=demo-root\t/\text4\tdefaults,noatime,errors=remount-ro\t0 1\nLABEL=DEMO-BOOT\t/boot/firmware\tvfat\tdefaults\t0 2\n',
  ),
  file('/etc/shells', '/bin/sh\n/bin/bash\n/usr/bin/bash\n'),
  file('/etc/login.defs', 'UID_MIN\t\t1000\nUID_MAX\t\t60000\nUMASK\t\t022\nENCRYPT_METHOD YESCRYPT\n'),
  file('/etc/cloud/cloud.cfg', 'disable_root: true\npreserve_hostname: false\n'),
  file('/etc/default/keyboard', 'XKBMODEL="pc105"\nXKBLAYOUT="us"\n'),
  file(
    '/etc/netplan/50-cloud-init.yaml',
    'network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: true\n      optional: true\n',
    0o600,
  ),
  file('/etc/network/interfaces', 'source /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n'),
  symlink('/etc/resolv.conf', '../run/systemd/resolve/stub-resolv.conf'),
  file(
    '/etc/ssh/sshd_config',
    'Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\nPasswordAuthentication no\nUsePAM yes\n',
  ),
  file(
    '/etc/sudoers',
    'Defaults\tenv_reset\nDefaults\tsecure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
    0o440,
  ),
  file(
    '/etc/sudoers.d/README',
    '# Drop-ins are read in the order of their names; files with a dot in the name are not read.\n',
    0o440,
  ),
  file('/etc/systemd/journald.conf', '[Journal]\n#Storage=auto\n#SystemMaxUse=\n'),
  file(
    '/etc/logrotate.d/rsyslog',
    '/var/log/syslog\n{\n\trotate 4\n\tweekly\n\tmissingok\n\tnotifempty\n\tcompress\n}\n',
  ),
  file('/usr/lib/systemd/system/ssh.service', sshService),
  symlink('/etc/systemd/system/multi-user.target.wants/ssh.service', '/usr/lib/systemd/system/ssh.service'),
  symlink('/etc/systemd/system/sshd.service', '/usr/lib/systemd/system/ssh.service'),

  file('/usr/bin/bash', incompressible(1, 96 * 1024), 0o755),
  symlink('/usr/bin/sh', 'bash'),
  deleted(
    '/var/cache/packages.tar',
    repeated('an old package archive, deleted before this image was published\n', 7 * 1024 * 1024),
  ),
  file('/usr/sbin/sshd', incompressible(2, 88 * 1024), 0o755),
  file('/usr/local/bin/k3s', k3sPlaceholder, 0o755),
  deleted(
    '/var/cache/kernel.deb',
    repeated('an old kernel package, deleted before this image was published\n', 13 * 1024 * 1024),
  ),
  file('/usr/lib/systemd/systemd', incompressible(3, 120 * 1024), 0o755),
  // Its middle is holes of ext4: no blocks at all.
  file(
    '/usr/lib/locale-archive',
    Buffer.concat([
      incompressible(4, 16 * 1024),
      Buffer.alloc(3 * 1024 * 1024),
      incompressible(5, 16 * 1024),
    ]),
  ),
  // Its middle is blocks that belong to the file and are zero, where a sparse copy of the image has holes: they must be
  // written all the same, since a card may have held something else there.
  {
    ...file(
      '/usr/lib/hwdb.bin',
      Buffer.concat([incompressible(10, 16 * 1024), Buffer.alloc(256 * 1024), incompressible(11, 16 * 1024)]),
    ),
    allocateZeros: true,
  },
  deleted(
    '/var/cache/updates.bin',
    repeated('an old update, deleted before this image was published\n', 9 * 1024 * 1024),
  ),
  file('/usr/share/doc/README', 'The Sifaka demo image. Nothing in it runs.\n'),
  file(
    '/var/log/bootstrap.log',
    repeated('2024-06-01 00:00:00 the demo image was assembled\n', 256 * 1024),
    0o640,
    4,
  ),
  file('/var/log/wtmp', '', 0o664),
];

/** Paths without a leading slash, as mtools wants them after `::`. Folders end with a slash and come first. */
export const bootTree = [
  { path: 'overlays/' },
  {
    path: 'config.txt',
    content: Buffer.from(
      '# Sifaka demo image\narm_64bit=1\nkernel=vmlinuz\ninitramfs initrd.img followkernel\n\n[all]\ninclude usercfg.txt\n',
    ),
  },
  {
    path: 'cmdline.txt',
    content: Buffer.from(
      'console=serial0,115200 console=tty1 root=LABEL=demo-root rootfstype=ext4 rootwait cgroup_memory=1 cgroup_enable=memory\n',
    ),
  },
  { path: 'usercfg.txt', content: Buffer.from('# Settings of one machine go here.\n') },
  { path: 'vmlinuz', content: incompressible(6, 72 * 1024) },
  { path: 'initrd.img', content: incompressible(7, 40 * 1024) },
  { path: 'overlays/disable-bt.dtbo', content: incompressible(8, 1100) },
  {
    path: 'overlays/a long name that needs several directory entries.dtbo',
    content: incompressible(9, 2000),
  },
];
