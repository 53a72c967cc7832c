import { Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { BackupStorage } from '../../../../shared/schemas/backup-manifest.ts';
import { formatQuantity } from '../../../../shared/quantities.ts';
import type { ClusterMember } from '../../ssh/destination.ts';
import { type AnswerPart, type NodeAnswer } from './answer-parts.ts';
import { guestsInResources, type ListedGuest } from './cluster-resources.ts';
import { clusterNameIn, versionIn } from './cluster-status.ts';
import { partLimits } from './discover-script.ts';
import { configurationsIn, type GuestConfiguration } from './guest-configurations.ts';
import { guestsInPctList, guestsInQmList } from './guest-lists.ts';
import { clockSkew } from './node-clock.ts';
import { type FoundRoute, routeIn } from './node-routes.ts';
import {
  type StorageOfConfiguration,
  storagesInJson,
  storagesInStatus,
  storagesOfConfiguration,
} from './node-storages.ts';

/** What a node with Proxmox said of itself and its cluster. */
export interface NodeFacts {
  /** What Proxmox calls the node, in lower case. */
  readonly pveNode: string;
  /** `none`: it is in no cluster; missing when it could not say. */
  readonly pveCluster?: { readonly name: string } | 'none';
  readonly version?: string;
  readonly clockSkewSeconds: number;
  /** Its clock at the end of its answer, in seconds since 1970. */
  readonly time: number;
  /** Of the whole cluster with `pvesh`, and of the node alone with `list`. */
  readonly guests: readonly ListedGuest[];
  readonly source: 'pvesh' | 'list';
  /** Guests that it told of, and what it said of them could not be read. */
  readonly unreadGuests: number;
  /** By `qemu/100`; missing when its configurations could not be read. */
  readonly configurations?: ReadonlyMap<string, GuestConfiguration>;
  /** Missing when it could not say all of them. */
  readonly storages?: readonly BackupStorage[];
  /** Of storage.cfg, by name. */
  readonly configured: ReadonlyMap<string, StorageOfConfiguration>;
  /** Ways by the address that was asked for, and to us. */
  readonly routes: ReadonlyMap<string, FoundRoute>;
  readonly routeToUs?: FoundRoute;
  /** What it said of its storages' archives and dump folders, by storage. */
  readonly contents: ReadonlyMap<string, AnswerPart>;
  readonly folders: ReadonlyMap<string, AnswerPart>;
  /** What of it could not be asked. */
  readonly problem?: ProblemRecord;
}

/** One node of the lab as it was asked. */
export interface AskedNode {
  readonly member: ClusterMember;
  readonly found: NodeFacts | { readonly other: 'libvirt' | 'none' } | { readonly silent: ProblemRecord };
}

/** `asked`, `answered`: our clock, in milliseconds, before the question and after the answer. */
export function nodeFacts(
  member: ClusterMember,
  answer: NodeAnswer,
  { asked, answered }: { readonly asked: number; readonly answered: number },
): AskedNode['found'] {
  const { parts, other } = answer;
  if (other !== undefined) return { other };
  const pveNode = (answer.node ?? '').toLowerCase();
  const listed = guestsIn(parts, pveNode);
  if (listed === undefined) return { silent: proxmoxSilent(member.name, answer) };
  const configured = storagesOfConfiguration(textOf(parts, 'with-backups') ?? '');
  const storages = storagesIn(parts, configured);
  const configurations = configurationsOf(parts);
  const pveCluster = clusterOf(parts);
  const version = versionIn(textOf(parts, 'version') ?? '');
  const toUs = routeIn(textOf(parts, 'route-client') ?? '', member.node);
  const missing = [
    ...(listed.unreadGuests > 0
      ? [`${formatQuantity(listed.unreadGuests, 'guest')} so that it can be read`]
      : []),
    ...(storages === undefined ? ['all its storages'] : []),
    ...(configurations === undefined ? ['the configurations of its guests'] : []),
    ...(pveCluster === undefined ? ['the Proxmox cluster it is in'] : []),
  ];
  return {
    pveNode,
    ...(pveCluster === undefined ? {} : { pveCluster }),
    ...(version === undefined ? {} : { version }),
    clockSkewSeconds: clockSkew(asked, answered, answer),
    time: answer.ended,
    ...listed,
    ...(configurations === undefined ? {} : { configurations }),
    ...(storages === undefined ? {} : { storages }),
    configured,
    routes: routesOf(parts, member),
    ...(toUs === undefined ? {} : { routeToUs: toUs }),
    contents: partsAfter(parts, 'content-'),
    folders: partsAfter(parts, 'folder-'),
    ...(missing.length === 0 ? {} : { problem: partlySilent(member.name, missing) }),
  };
}

type Parts = NodeAnswer['parts'];

/** `undefined` when neither pvesh nor the lists could say; an answer that is cut is none. */
function guestsIn(
  parts: Parts,
  pveNode: string,
): Pick<NodeFacts, 'guests' | 'source' | 'unreadGuests'> | undefined {
  const resources = textOf(parts, 'guests');
  const found = resources === undefined ? undefined : guestsInResources(resources);
  if (found !== undefined) return { guests: found.rows, source: 'pvesh', unreadGuests: found.unread };
  const [qm, pct] = [textOf(parts, 'qm-list'), textOf(parts, 'pct-list')];
  if (qm === undefined || pct === undefined) return undefined;
  const [machines, containers] = [guestsInQmList(qm, pveNode), guestsInPctList(pct, pveNode)];
  return {
    guests: [...machines.rows, ...containers.rows],
    source: 'list',
    unreadGuests: machines.unread + containers.unread,
  };
}

function storagesIn(parts: Parts, configured: NodeFacts['configured']): readonly BackupStorage[] | undefined {
  const json = textOf(parts, 'storages');
  const found = json === undefined ? undefined : storagesInJson(json);
  if (found !== undefined) return found.unread > 0 ? undefined : found.rows;
  const status = textOf(parts, 'pvesm-status');
  return status === undefined ? undefined : storagesInStatus(status, configured);
}

function configurationsOf(parts: Parts): Map<string, GuestConfiguration> | undefined {
  const qemu = textOf(parts, 'qemu-configurations');
  const lxc = textOf(parts, 'lxc-configurations');
  if (qemu === undefined || lxc === undefined) return undefined;
  return new Map([
    ...configurationsIn(qemu, 'qemu').map((found) => [`qemu/${found.vmid}`, found] as const),
    ...configurationsIn(lxc, 'lxc').map((found) => [`lxc/${found.vmid}`, found] as const),
  ]);
}

function clusterOf(parts: Parts): NodeFacts['pveCluster'] {
  const name = textOf(parts, 'corosync')?.trim();
  if (name === '') return 'none';
  if (name !== undefined && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name)) return { name };
  return clusterNameIn(textOf(parts, 'cluster') ?? '');
}

function routesOf(parts: Parts, { node }: ClusterMember): Map<string, FoundRoute> {
  const found = [...partsAfter(parts, 'route-')].flatMap(([name, part]) => {
    const route = part.kind === 'said' && name !== 'client' ? routeIn(part.text, node) : undefined;
    return route === undefined ? [] : [[route.address, route] as const];
  });
  return new Map(found);
}

function partsAfter(parts: Parts, start: string): Map<string, AnswerPart> {
  return new Map(
    [...parts].flatMap(([name, part]) =>
      name.startsWith(start) ? [[name.slice(start.length), part] as const] : [],
    ),
  );
}

/** What a command said, whole. */
function textOf(parts: Parts, name: string): string | undefined {
  const part = parts.get(name);
  return part?.kind !== 'said' || part.bytes > limitOf(name) ? undefined : part.text;
}

function limitOf(name: string): number {
  if (name === 'guests' || name.endsWith('-list')) return partLimits.guests;
  return name.endsWith('-configurations') ? partLimits.configurations : partLimits.small;
}

function proxmoxSilent(node: string, { parts, user }: NodeAnswer): ProblemRecord {
  const said = ['guests', 'qm-list', 'pct-list'].flatMap((name) => {
    const part = parts.get(name);
    return part?.kind === 'failed' && part.why !== '' ? [part.why] : [];
  });
  return new Problem('PVE_ANSWER_INVALID', {
    what: `${node} answers, and its Proxmox does not say which guests it has${said[0] === undefined ? '' : `: "${said[0]}"`}.`,
    state: `What is on ${node} is not known. Nothing was changed there.`,
    next:
      user === 0
        ? `See on ${node} whether pve-cluster and pvedaemon run: systemctl status pve-cluster pvedaemon`
        : `Log in to ${node} as root: only root may ask Proxmox. The cluster file's ssh.user says who logs in.`,
  }).toRecord();
}

function partlySilent(node: string, missing: readonly string[]): ProblemRecord {
  return new Problem('PVE_ANSWER_INVALID', {
    what: `${node} did not say ${missing.join(' and ')}.`,
    state: 'What else it said is in the manifest.',
    next: `See on ${node} whether pve-cluster and pvedaemon run, then discover again.`,
  }).toRecord();
}
