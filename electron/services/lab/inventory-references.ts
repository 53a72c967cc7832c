import type { Hook, Inventory, NodeClass, NodeEntry, UserEntry } from '../../../shared/schemas/inventory.ts';

/** A mistake that no single value shows: it is between two of them. */
export interface ReferenceMistake {
  readonly path: readonly PropertyKey[];
  /** Continues "<path> …". */
  readonly message: string;
}

/** What is wrong between the parts of an inventory that are each right by themselves. Pure; no file is looked at. */
export function inventoryReferenceMistakes(inventory: Inventory): ReferenceMistake[] {
  const classes = Object.entries(inventory.classes);
  const nodes = Object.entries(inventory.nodes);
  return [
    ...classes.flatMap(([name, nodeClass]) => classMistakes(inventory, name, nodeClass)),
    ...nodes.flatMap(([name, node]) => nodeMistakes(inventory, name, node)),
    ...nameMistakes(nodes),
    ...addressMistakes(nodes),
    ...sharedValues(nodes, 'machineId', (_name, node) =>
      node.machineId ? [[['machineId'], node.machineId]] : [],
    ),
    ...sharedValues(nodes, 'disk UUID', (_name, { longhornDisks }) =>
      longhornDisks.map(({ uuid }, index) => [['longhornDisks', index, 'uuid'], uuid.toLowerCase()]),
    ),
  ];
}

function classMistakes(inventory: Inventory, name: string, nodeClass: NodeClass): ReferenceMistake[] {
  const path = ['classes', name];
  const found: ReferenceMistake[] = [];
  if (!Object.hasOwn(inventory.images, nodeClass.image)) {
    found.push({
      path: [...path, 'image'],
      message: `names the image ${nodeClass.image}, which is not under images`,
    });
  }
  return [
    ...found,
    ...userListMistakes([...path, 'users'], nodeClass.users),
    ...hookMistakes(path, nodeClass.hooks),
  ];
}

function nodeMistakes(inventory: Inventory, name: string, node: NodeEntry): ReferenceMistake[] {
  const path = ['nodes', name];
  const nodeClass = Object.hasOwn(inventory.classes, node.class) ? inventory.classes[node.class] : undefined;
  const found: ReferenceMistake[] = [
    ...userListMistakes([...path, 'users'], node.users),
    ...hookMistakes(path, node.hooks),
    ...repeated([...path, 'longhornDisks'], node.longhornDisks, 'mountPath'),
    ...repeated([...path, 'sshHostKeys'], node.sshHostKeys, 'type'),
    ...networkMistakes(path, node),
    ...k3sMistakes(path, node),
  ];
  if (nodeClass) found.push(...inheritedUidMistakes([...path, 'users'], nodeClass.users, node));
  else
    found.push({
      path: [...path, 'class'],
      message: `names the class ${node.class}, which is not under classes`,
    });
  return found;
}

function userListMistakes(path: readonly PropertyKey[], users: readonly UserEntry[]): ReferenceMistake[] {
  return [...repeated(path, users, 'name'), ...repeated(path, users, 'uid')];
}

/** A node's user of the same name replaces the class's; any other may not share its uid. */
function inheritedUidMistakes(
  path: readonly PropertyKey[],
  inherited: readonly UserEntry[],
  node: NodeEntry,
): ReferenceMistake[] {
  const own = new Set(node.users.map(({ name }) => name));
  return node.users.flatMap((user, index) => {
    const other = inherited.find(({ name, uid }) => uid === user.uid && !own.has(name));
    if (!other) return [];
    return [{ path: [...path, index, 'uid'], message: `is already that of the class's user ${other.name}` }];
  });
}

function hookMistakes(path: readonly PropertyKey[], hooks: readonly Hook[]): ReferenceMistake[] {
  return repeated([...path, 'hooks'], hooks, 'target');
}

/** Entries of one list that have the same value under a key. */
function repeated<Entry extends object>(
  path: readonly PropertyKey[],
  entries: readonly Entry[],
  key: keyof Entry & string,
): ReferenceMistake[] {
  const first = new Map<unknown, number>();
  return entries.flatMap((entry, index) => {
    const before = first.get(entry[key]);
    if (before === undefined) {
      first.set(entry[key], index);
      return [];
    }
    return [{ path: [...path, index, key], message: `is the same as in entry ${before} of this list` }];
  });
}

function networkMistakes(path: readonly PropertyKey[], { network }: NodeEntry): ReferenceMistake[] {
  if (!isReservedInterface(network.interface)) return [];
  return [
    {
      path: [...path, 'network', 'interface'],
      message: 'must name a network card; lo, all and default are none',
    },
  ];
}

function isReservedInterface(name: string): boolean {
  return name === 'lo' || name === 'all' || name === 'default';
}

function k3sMistakes(path: readonly PropertyKey[], { k3s }: NodeEntry): ReferenceMistake[] {
  if (!k3s) return [];
  const found: ReferenceMistake[] = [];
  if (k3s.role === 'agent' && k3s.server === undefined) {
    found.push({
      path: [...path, 'k3s', 'role'],
      message: 'is agent, so k3s.server must name the server to join',
    });
  }
  if (k3s.role === 'agent' && k3s.clusterInit) {
    found.push({ path: [...path, 'k3s', 'clusterInit'], message: 'is for a server, not for an agent' });
  }
  if (k3s.clusterInit && k3s.server !== undefined) {
    found.push({
      path: [...path, 'k3s', 'clusterInit'],
      message: 'starts a new cluster, so k3s.server must not be set',
    });
  }
  if (k3s.flannelInterface !== undefined && isReservedInterface(k3s.flannelInterface)) {
    found.push({
      path: [...path, 'k3s', 'flannelInterface'],
      message: 'must name a network card; lo, all and default are none',
    });
  }
  return found;
}

type Nodes = readonly (readonly [string, NodeEntry])[];

/** Hostnames and aliases: one name may lead to one machine only. */
function nameMistakes(nodes: Nodes): ReferenceMistake[] {
  return sharedValues(nodes, 'name', (name, { hostname, alias }) => [
    hostname === undefined ? [[], name] : [['hostname'], hostname],
    ...(alias === undefined || alias === (hostname ?? name) ? [] : [[['alias'], alias] as const]),
  ]);
}

function addressMistakes(nodes: Nodes): ReferenceMistake[] {
  return sharedValues(nodes, 'address', (_name, { network }) =>
    network.addresses === 'dhcp'
      ? []
      : network.addresses.map((address, index) => [
          ['network', 'addresses', index],
          canonicalAddress(address),
        ]),
  );
}

/** An address without its prefix length, in the one form that equal addresses share. */
function canonicalAddress(address: string): string {
  const bare = address.split('/')[0] ?? address;
  return bare.includes(':') ? new URL(`http://[${bare}]`).hostname : bare;
}

/** Values that two nodes have in common though each may stand only once in a lab. */
function sharedValues(
  nodes: Nodes,
  word: string,
  valuesOf: (
    name: string,
    node: NodeEntry,
  ) => readonly (readonly [path: readonly PropertyKey[], value: string])[],
): ReferenceMistake[] {
  const first = new Map<string, string>();
  return nodes.flatMap(([name, node]) =>
    valuesOf(name, node).flatMap(([path, value]) => {
      const other = first.get(value);
      if (other === undefined) {
        first.set(value, name);
        return [];
      }
      const whose = other === name ? 'stands twice in this node' : `is also that of ${other}`;
      return [{ path: ['nodes', name, ...path], message: `has the ${word} ${value}, which ${whose}` }];
    }),
  );
}
