import { vmidSchema } from '../../../../shared/schemas/backup-names.ts';
import type { Rows } from './pve-json.ts';
import { guestStatus, lineOf, type ListedGuest } from './cluster-resources.ts';

const mostLines = 100_000;

/**
 * `qm list` (qemu-server, PVE/CLI/qm.pm): `"%10s %-20s %-10s %-10s %12.2f %-10s\n"` of VMID NAME STATUS MEM(MB)
 * BOOTDISK(GB) PID. A guest without a name is `VM 104`, with a blank; a name of more than 20 characters moves what follows,
 * so that the columns after the name are read from the line's end. Without guests it says nothing at all.
 */
export function guestsInQmList(text: string, pveNode: string): Rows<ListedGuest> {
  return listOf(text, (line) => {
    const [, id, rest] = /^ *(\d{3,9}) (.*)$/.exec(line) ?? [];
    const [, shown, status] = /^(.*?) +(\S+) +\S+ +[\d.]+ +\d+ *$/.exec(rest ?? '') ?? [];
    const vmid = vmidSchema.safeParse(Number(id));
    if (!vmid.success || shown === undefined) return undefined;
    const name = shown.trim();
    return listed('qemu', vmid.data, pveNode, status, name);
  });
}

/**
 * `pct list` (pve-container, PVE/CLI/pct.pm): `"%-10s %-10s %-12s %-20s\n"` of VMID Status Lock Name. The lock is mostly
 * blank, so that it is there when something begins where its column does; `CT101` is the name of one that has none.
 */
export function guestsInPctList(text: string, pveNode: string): Rows<ListedGuest> {
  return listOf(text, (line) => {
    const [, id, status, rest] = /^(\d{3,9}) +(\S+) *(.*)$/.exec(line) ?? [];
    const vmid = vmidSchema.safeParse(Number(id));
    if (!vmid.success || rest === undefined) return undefined;
    const lockColumn = line.slice(22, 35);
    const [lock, name] = lockColumn.trim() === '' ? [undefined, rest.trim()] : splitLock(rest);
    const guest = listed('lxc', vmid.data, pveNode, status, name);
    return lock === undefined ? guest : { ...guest, lock };
  });
}

/** A hostname has no blanks: what stands before the last word is the lock. */
function splitLock(rest: string): [lock: string | undefined, name: string] {
  const [first = '', second] = rest.trim().split(/ +/);
  return second === undefined ? [undefined, first] : [first, second];
}

function listed(
  type: ListedGuest['type'],
  vmid: number,
  pveNode: string,
  status: string | undefined,
  name: string | undefined,
): ListedGuest {
  const line = lineOf(name);
  return {
    type,
    vmid,
    pveNode,
    status: guestStatus(status),
    template: false,
    tags: [],
    ...(line === undefined ? {} : { name: line }),
  };
}

/** A line below the heading that is no guest's is unread. */
function listOf(text: string, guestIn: (line: string) => ListedGuest | undefined): Rows<ListedGuest> {
  const lines = text
    .split('\n')
    .map((line) => line.slice(0, 1000))
    .filter((line) => line.trim() !== '' && !/^ *VMID /.test(line));
  const rows = lines.slice(0, mostLines).flatMap((line) => guestIn(line) ?? []);
  return { rows, unread: lines.length - rows.length };
}
