import { Problem } from '../../../../shared/problem.ts';
import { hostLabelSchema } from '../../../../shared/schemas/names.ts';
import type { BridgeMember, ClusterBridge } from '../cluster-bridge.ts';
import { digestOfValue } from '../../value-digest.ts';
import { commonFolder } from './design-path.ts';
import { fill, type Templates, type Values } from './templates.ts';

/** The driver of Linux for the network over Thunderbolt. */
const thunderboltDriver = 'thunderbolt-net';

/** Names that the kernel counts through by itself. */
const kernelName = /^(thunderbolt|eth|usb|wlan)\d+$/;

/** A file of a design: `path` is relative to the design's folder. */
export interface RenderedFile {
  readonly path: string;
  readonly text: string;
  readonly mode: '0644' | '0755';
}

export interface RenderedDesign {
  readonly cluster: string;
  readonly bridge: string;
  /** SHA-256 of all that the files depend on. */
  readonly renderedFrom: string;
  readonly nodes: readonly string[];
  readonly files: readonly RenderedFile[];
  /** Ports that are named by their place with a name that the kernel may give to another (systemd.link(5), `Name=`). */
  readonly racing: readonly string[];
}

/** A member with all that its files need. */
type CompleteMember = BridgeMember &
  Required<Pick<BridgeMember, 'address'>> & { readonly forwardDelay: number };

/**
 * The files of the next design: what is the same on every node in `common/`, the rest in the node's folder. Pure: the
 * same bridge and templates give the same files, to the last byte. LAB_VALUE_MISSING.
 */
export function renderDesign(described: ClusterBridge, templates: Templates): RenderedDesign {
  const { cluster, bridge, forwardDelay } = described;
  const members = described.nodes
    .map((member) => ({ ...complete(described, member), forwardDelay }))
    .toSorted((a, b) => (a.node < b.node ? -1 : 1));
  return {
    cluster,
    bridge,
    renderedFrom: digestOfValue({ cluster, members, templates }),
    nodes: members.map(({ node }) => node),
    racing: [
      ...new Set(
        members.flatMap(({ ports }) =>
          ports.flatMap(({ name, path }) => (path !== undefined && kernelName.test(name) ? [name] : [])),
        ),
      ),
    ],
    files: sharedOut(members.map((member) => ({ node: member.node, files: filesOf(member, templates) }))),
  };
}

function complete(
  { file, cluster }: ClusterBridge,
  member: BridgeMember,
): Omit<CompleteMember, 'forwardDelay'> {
  const { node, address, ports } = member;
  // It becomes the name of a folder.
  hostLabelSchema.parse(node);
  if (node === commonFolder) throw namedCommon(file, cluster);
  if (address === undefined) throw missing(file, cluster, node, 'address', '10.99.0.1/24');
  if (ports.length === 0) throw missing(file, cluster, node, 'ports', `'["thunderbolt0", "thunderbolt1"]'`);
  return { ...member, address };
}

/** By path on the node, without the leading slash. */
function filesOf(part: CompleteMember, templates: Templates): Map<string, Omit<RenderedFile, 'path'>> {
  const { bridge, mtu, ports, stp, address, forwardDelay } = part;
  const names = ports.map(({ name }) => name);
  const values: Values = {
    BRIDGE: bridge,
    MTU: String(mtu),
    STP: stp ? 'on' : 'off',
    // Without STP a new port need not wait: nothing listens for loops.
    FORWARD_DELAY: stp ? String(forwardDelay) : '0',
    PORTS: names.join(' '),
    PORT_PATTERN: names.join('|'),
    PORT_REGEX: `^(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})$`,
    FAMILY: address.includes(':') ? 'inet6' : 'inet',
    ADDRESS: address,
  };
  const plain = (text: string) => ({ text: fill(text, values), mode: '0644' as const });
  const links = ports.flatMap(({ name, path, driver = thunderboltDriver }) =>
    path === undefined
      ? []
      : ([
          [
            `etc/systemd/network/10-${name}.link`,
            {
              text: fill(templates['port.link'], { ...values, PORT: name, PATH: path, DRIVER: driver }),
              mode: '0644',
            },
          ],
        ] as const),
  );
  return new Map<string, Omit<RenderedFile, 'path'>>([
    ['etc/modules-load.d/thunderbridge.conf', plain(templates['modules.conf'])],
    ['etc/network/interfaces.d/10-thunderbolt', plain(templates.interfaces)],
    ['etc/systemd/system/networking.service.d/thunderbridge.conf', plain(templates['networking.conf'])],
    ['etc/systemd/system/thunderbridge-enlist@.service', plain(templates['thunderbridge-enlist@.service'])],
    ['etc/systemd/system/thunderbridge.service', plain(templates['thunderbridge.service'])],
    ['etc/udev/rules.d/90-thunderbridge.rules', plain(templates['90-thunderbridge.rules'])],
    ['usr/local/sbin/thunderbridge', { text: templates['thunderbridge.sh'], mode: '0755' }],
    ...links,
  ]);
}

/** Where the addresses are: each node's own, also when there is one node only. */
const alwaysOwn = 'etc/network/interfaces.d/';

/** What all nodes have alike goes to `common/`. */
function sharedOut(
  nodes: readonly { readonly node: string; readonly files: ReturnType<typeof filesOf> }[],
): RenderedFile[] {
  const [first] = nodes;
  const common = [...(first?.files ?? [])].filter(
    ([path, { text }]) =>
      !path.startsWith(alwaysOwn) && nodes.every(({ files }) => files.get(path)?.text === text),
  );
  const isCommon = new Set(common.map(([path]) => path));
  const own = nodes.flatMap(({ node, files }) =>
    [...files].flatMap(([path, { text, mode }]) =>
      isCommon.has(path) ? [] : [{ path: `${node}/${path}`, text, mode }],
    ),
  );
  return [
    ...common.map(([path, { text, mode }]) => ({ path: `${commonFolder}/${path}`, text, mode })),
    ...own,
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function missing(file: string, cluster: string, node: string, key: string, example: string): Problem {
  return new Problem('LAB_VALUE_MISSING', {
    what: `${node} has a thunderbridge in ${file}, and no ${key} for it.`,
    state: 'No design was made.',
    next: `Set it, as in: sifaka lab set ${file} /clusters/${cluster}/nodes/${node}/thunderbridge/${key} ${example}`,
    where: { file },
  });
}

function namedCommon(file: string, cluster: string): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `A node of ${cluster} is called ${commonFolder}, which is the folder of what all nodes have alike.`,
    state: 'No design was made.',
    next: `Give the node another name in ${file}.`,
    where: { file },
  });
}
