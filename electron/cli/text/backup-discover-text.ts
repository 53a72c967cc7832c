import { formatBytes, formatDuration, formatQuantity, formatUtc } from '../../../shared/quantities.ts';
import type {
  Archive,
  BackupStorage,
  Discovery,
  Guest,
  Manifest,
  ManifestNode,
} from '../../../shared/schemas/backup-manifest.ts';
import type { ProblemRecord } from '../../../shared/problem.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { indent, tableText } from './table.ts';
import { wrapped } from './wrap.ts';

const columns = 100;
/** More changes of a kind are counted. */
const listedChanges = 20;

/** Node by node what was found, then what could not be looked at, what is new, and what to do. */
export function discoveryText({ file, manifest }: Discovery): string {
  const { guests, archives, targets } = manifest;
  const parts = [
    guests.length === 0 ? 'No guest was found.' : guestsText(guests, archives),
    nodesText(manifest),
    targets.length === 0
      ? ''
      : tableText(
          [{ title: 'TARGET' }, { title: 'STATE' }, { title: 'ARCHIVES', align: 'right' }],
          targets.map(({ target, state }) => [
            target,
            state === 'ready' ? state : state.toUpperCase(),
            String(archives.filter(({ place }) => place === `target:${target}`).length),
          ]),
        ),
    ...gapsOf(manifest),
    changesText(manifest),
    nextText(manifest, file),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function guestsText(guests: readonly Guest[], archives: readonly Archive[]): string {
  const owned = new Map<string, number>();
  for (const { pveCluster, type, vmid } of archives) {
    const key = `${pveCluster}/${type}/${vmid}`;
    owned.set(key, (owned.get(key) ?? 0) + 1);
  }
  // Some on a shared storage may be its own or another guest's: the records know.
  const archivesOf = ({ pveCluster, type, vmid }: Guest) =>
    owned.has(`undefined/${type}/${vmid}`) ? '?' : String(owned.get(`${pveCluster}/${type}/${vmid}`) ?? 0);
  return tableText(
    [
      { title: 'GUEST' },
      { title: 'NAME' },
      { title: 'TYPE' },
      { title: 'STATUS' },
      { title: 'DISKS', align: 'right' },
      { title: 'ARCHIVES', align: 'right' },
      { title: 'NOTES' },
    ],
    guests.map((guest) => [
      `${guest.node}/${guest.vmid}`,
      guest.name ?? '-',
      guest.type === 'qemu' ? 'VM' : 'container',
      guest.status,
      guest.diskBytes === undefined ? '-' : formatBytes(guest.diskBytes),
      archivesOf(guest),
      notesOf(guest),
    ]),
  );
}

function notesOf({ template, lock, excludedDisks, tags, source, seenAt }: Guest): string {
  return [
    ...(source === 'other-node' ? ['said by another node'] : []),
    ...(seenAt === undefined ? [] : [`last seen ${formatUtc(new Date(seenAt))}`]),
    ...(template ? ['template'] : []),
    ...(lock === undefined ? [] : [`locked: ${lock}`]),
    ...(excludedDisks.length === 0 ? [] : [`not backed up: ${excludedDisks.join(' ')}`]),
    ...(tags.length === 0 ? [] : [`tags: ${tags.join(' ')}`]),
  ].join(', ');
}

function nodesText({ nodes, guests, archives }: Manifest): string {
  const table = tableText(
    [
      { title: 'NODE' },
      { title: 'ANSWERS' },
      { title: 'PROXMOX' },
      { title: 'CLUSTER' },
      { title: 'GUESTS', align: 'right' },
      { title: 'CLOCK' },
    ],
    nodes.map(({ node, state, version, pveCluster, clockSkewSeconds, other }) => [
      node,
      state === 'silent' ? 'NO' : 'yes',
      version ?? (state === 'not-proxmox' ? `none (${other === 'libvirt' ? 'libvirt' : 'nothing'})` : '-'),
      pveCluster === undefined || pveCluster === node ? '-' : pveCluster,
      // What a silent node has is not known, whatever others say of it.
      state === 'silent' ? '?' : String(guests.filter((guest) => guest.node === node).length),
      clockText(clockSkewSeconds),
    ]),
  );
  const storages = nodes.flatMap((node) =>
    node.storages.filter(({ backups }) => backups).map((storage) => storageRow(node, storage, archives)),
  );
  if (storages.length === 0) return table;
  const titles = [
    { title: 'STORAGE' },
    { title: 'TYPE' },
    { title: 'ARCHIVES', align: 'right' },
    { title: 'FREE', align: 'right' },
    { title: 'NETWORK' },
  ] as const;
  return `${table}\n\n${tableText(titles, storages)}`;
}

function clockText(skew: number | undefined): string {
  if (skew === undefined) return '-';
  return skew === 0 ? 'right' : `${formatDuration(Math.abs(skew))} ${skew > 0 ? 'AHEAD' : 'BEHIND'}`;
}

function storageRow(
  { node, routes }: ManifestNode,
  storage: BackupStorage,
  archives: readonly Archive[],
): string[] {
  const place = storage.shared ? `storage:${storage.storage}` : `storage:${node}/${storage.storage}`;
  const route = routes.find((known) => known.place === place);
  return [
    `${node}: ${storage.storage}`,
    storage.type,
    storage.problem === undefined
      ? String(archives.filter((archive) => archive.place === place).length)
      : '?',
    storage.availableBytes === undefined ? '-' : formatBytes(storage.availableBytes),
    route === undefined ? '-' : `${route.network} (${route.interface}) to ${route.address}`,
  ];
}

function gapsOf({ nodes, targets }: Manifest): string[] {
  return [
    ...nodes.flatMap(({ node, problem, storages }) => [
      ...(problem === undefined ? [] : [gapText(node, problem)]),
      ...storages.flatMap((storage) =>
        storage.problem === undefined ? [] : [gapText(`${node}: ${storage.storage}`, storage.problem)],
      ),
    ]),
    ...targets.flatMap(({ target, problem }) =>
      problem === undefined ? [] : [gapText(`target ${target}`, problem)],
    ),
  ];
}

function gapText(where: string, { code, what, state, next }: ProblemRecord): string {
  const lines = [what, state, next].flatMap((line) => wrapped(terminalText(line), columns - 2));
  return `${terminalText(where)}: ${code}\n${indent(lines.join('\n'), 2)}`;
}

function changesText({ changes }: Manifest): string {
  const { since, guestsAdded, guestsGone, guestsMoved, archivesAdded, archivesGone } = changes;
  if (since === undefined) return 'This is the first manifest of the lab.';
  const lines = [
    ...listed('new', guestsAdded),
    ...listed('gone', guestsGone),
    ...listed(
      'moved',
      guestsMoved.map(({ guest, from }) => `${guest} (was on ${from})`),
    ),
    ...(archivesAdded === 0 ? [] : [`new: ${formatQuantity(archivesAdded, 'archive')}`]),
    ...listed('gone', archivesGone),
  ];
  const head = `Since the manifest of ${since}`;
  return lines.length === 0 ? `${head} nothing changed.` : `${head}:\n${indent(lines.join('\n'), 2)}`;
}

function listed(word: string, names: readonly string[]): string[] {
  const lines = names.slice(0, listedChanges).map((name) => terminalText(`${word}: ${name}`));
  return names.length > listedChanges ? [...lines, `${word}: ${names.length - listedChanges} more`] : lines;
}

function nextText({ nodes }: Manifest, file: string): string {
  const silent = nodes.filter(({ state }) => state === 'silent').map(({ node }) => node);
  const gap =
    silent.length === 0
      ? []
      : [`${silent.join(', ')} did not answer: what is there now is not known. See: sifaka nodes check`];
  const lines = [`Written to ${file}.`, ...gap, 'Which guests could be restored tonight: sifaka backups'];
  return lines.map(terminalText).join('\n');
}
