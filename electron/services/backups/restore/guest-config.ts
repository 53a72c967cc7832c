import { onOneLine } from '../../lab/plain-text.ts';

/** A guest's configuration without its snapshots and pending changes: PVE::AbstractConfig's sections come after it. */
export interface GuestConfigText {
  /** By key, in the file's order; `lxc.…` lines keep their dotted keys. */
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** Decoded lines of the notes. */
  readonly notes: readonly string[];
  /** How many snapshots it has. */
  readonly snapshots: number;
}

/** Reads a file of /etc/pve/nodes/NODE/{qemu-server,lxc} (PVE::QemuServer and PVE::LXC::Config, parse_config). */
export function parseGuestConfig(text: string): GuestConfigText {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => line.startsWith('['));
  const own = end < 0 ? lines : lines.slice(0, end);
  const snapshots = lines.slice(own.length).filter(isSnapshot).length;
  const entries: [string, string][] = [];
  const notes: string[] = [];
  for (const line of own) {
    if (line.startsWith('#')) {
      notes.push(decodedNote(line.slice(1)));
      continue;
    }
    const [, key, value] = /^([a-z][a-zA-Z0-9_.-]*):\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    // A description of older versions, on one line.
    if (key === 'description') notes.push(...decodedNote(value).split('\n'));
    else entries.push([key, value]);
  }
  return { entries, notes, snapshots };
}

/**
 * The heading of a snapshot (PVE::JSONSchema, pve-snapshot-name). Pending changes are `[PENDING]` and `[pve:pending]`, other
 * sections `[special:…]`; vzdump's own snapshot of a container is gone after it.
 */
function isSnapshot(line: string): boolean {
  return /^\[(?!PENDING\]|vzdump\])[a-z][a-z0-9_-]+\]\s*$/i.test(line);
}

export function valueOf({ entries }: GuestConfigText, key: string): string | undefined {
  return entries.find(([one]) => one === key)?.[1];
}

/** Disks and mounts with their volumes, as in `scsi0` and `local-lvm:vm-100-disk-0`. */
export function disksOf(
  config: GuestConfigText,
): { key: string; volume: string; size: string | undefined }[] {
  return config.entries.flatMap(([key, value]) => {
    if (!/^(?:ide|scsi|sata|virtio|efidisk|tpmstate|rootfs|mp)\d*$/.test(key)) return [];
    const [first = '', ...options] = value.split(',');
    if (options.includes('media=cdrom') || first === 'none') return [];
    const size = options.find((option) => option.startsWith('size='))?.slice('size='.length);
    return [{ key, volume: first.replace(/^(?:file|volume)=/, ''), size }];
  });
}

function decodedNote(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The guest's own name, on one line. */
export function nameIn(config: GuestConfigText): string | undefined {
  const name = valueOf(config, 'name') ?? valueOf(config, 'hostname');
  return name === undefined ? undefined : onOneLine(name, 200);
}
