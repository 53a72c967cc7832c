import { textFile, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { yamlLines } from './yaml-text.ts';

/**
 * Where the image has cloud-init, it is told to leave alone what the card sets: it resets the hostname at every boot
 * (rpi-imager#1462), writes its own netplan, and deletes SSH host keys on an instance's first boot (cc_ssh,
 * `ssh_deletekeys`).
 */
export function renderCloudInit(input: RenderInput): DesiredEntry[] {
  if (!input.imageEntries.has('/etc/cloud')) return [];
  return [
    textFile(
      '/etc/cloud/cloud.cfg.d/99-sifaka.cfg',
      yamlLines({
        preserve_hostname: true,
        manage_etc_hosts: false,
        ssh_deletekeys: false,
        network: { config: 'disabled' },
      }),
      'cloud-init leaves hostname, network and SSH host keys as this card sets them.',
    ),
  ];
}
