/** Programs that a deploy runs on a node, and `systemd` for a node that runs it. `planScript` looks for these. */
export const requiredTools = [
  'awk',
  'base64',
  'bridge',
  'ifreload',
  'ip',
  'ping',
  'sha256sum',
  'stat',
  'sync',
  'systemctl',
  'systemd',
  'systemd-run',
  'timeout',
  'udevadm',
] as const;
