import { Problem } from '../../../../shared/problem.ts';
import type { FoundAddress, ImportedAddresses } from '../../../../shared/schemas/bridge-design.ts';
import type { Cluster, ClusterFile } from '../../../../shared/schemas/cluster.ts';
import type { LabFile, LabFolder } from '../../lab/lab-folder.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { addressesInScript } from './script/script-addresses.ts';

/** No deploy script that somebody wrote is larger. */
const scriptLimit = 256 * 1024;

/** What the bridge's addresses have where neither the script nor the cluster file says it. */
const usualPrefix = { ipv4: 24, ipv6: 64 } as const;

type Lacking = ImportedAddresses['lacking'][number];
type Different = ImportedAddresses['different'][number];

/**
 * Reads a deploy script of the lab for addresses, and says what of them the cluster file lacks; `write` sets that, value
 * by value through the lab, each with its line in the logbook. The script is never run, and a value that the cluster
 * file has is never changed. BRIDGE_MISSING, LAB_….
 */
export async function importAddresses(
  lab: LabFolder,
  { script, write }: { readonly script: string; readonly write: boolean },
): Promise<ImportedAddresses> {
  const text = await scriptText(lab, script);
  const file = await lab.cluster();
  if (file === undefined) throw noClusterFile();
  const [name, cluster] = theCluster(file);
  const { found, computedLines } = addressesInScript(text, Object.keys(cluster.nodes));
  const { chosen, notes } = oneOfEach(found);
  const compared = compare(name, cluster, chosen);
  if (write) await writeAll(lab, file, script, compared.lacking);
  return {
    script,
    clusterFile: file.file,
    found: [...found],
    ...compared,
    notes: [
      ...notes,
      ...computedLines.map((line) => `Line ${line} computes an address; only running it would tell which.`),
    ],
    written: write && compared.lacking.length > 0,
  };
}

async function scriptText(lab: LabFolder, script: string): Promise<string> {
  const bytes = await lab.readBytes(script, scriptLimit);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('LAB_FILE_INVALID', {
      what: `${onOneLine(script)} is not a text of UTF-8.`,
      state: 'Nothing was changed.',
      next: 'Name a shell script, as in deploy/attempt1/deploy_tb.sh.',
      where: { file: script },
    });
  }
}

/** The one cluster of the file, or the one that has a bridge. */
function theCluster({ file, value }: LabFile<ClusterFile>): [string, Cluster] {
  const all = Object.entries(value.clusters);
  const withBridge = all.filter(([, { nodes }]) =>
    Object.values(nodes).some(({ thunderbridge }) => thunderbridge !== undefined),
  );
  const [one, ...others] = all.length === 1 ? all : withBridge;
  if (one !== undefined && others.length === 0) return one;
  throw new Problem('BRIDGE_MISSING', {
    what: `${file} does not say which of its ${all.length} clusters has the bridge.`,
    state: 'Nothing was changed.',
    next: 'Give one node of that cluster a thunderbridge, then try again.',
    where: { file },
  });
}

/** One address for each node and network; where a script has two, neither is taken. */
function oneOfEach(found: readonly FoundAddress[]): { chosen: FoundAddress[]; notes: string[] } {
  const chosen: FoundAddress[] = [];
  const notes: string[] = [];
  const groups = Map.groupBy(found, ({ node, role }) => `${node} ${role}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { node, role, address, line } = first;
    if (role === 'unclear') {
      // The same address may stand elsewhere under a name that says more.
      if (
        !found.some((other) => other.role !== 'unclear' && other.node === node && other.address === address)
      ) {
        notes.push(
          `Line ${line} has ${address} for ${node}, and no name there says for which network (tb, mgmt …): it is not taken. Set it in the cluster file by hand.`,
        );
      }
    } else if (new Set(group.map((one) => withoutPrefix(one.address))).size > 1) {
      const places = group.map((one) => `${one.address} in line ${one.line}`).join(', ');
      notes.push(`${node} has several ${role} addresses: ${places}; none is taken.`);
    } else {
      chosen.push(group.find((one) => one.address.includes('/')) ?? first);
    }
  }
  return { chosen, notes };
}

function compare(
  name: string,
  { nodes }: Cluster,
  chosen: readonly FoundAddress[],
): { lacking: Lacking[]; different: Different[] } {
  const known = Object.values(nodes).flatMap(({ thunderbridge }) => thunderbridge?.address ?? []);
  const lacking: Lacking[] = [];
  const different: Different[] = [];
  for (const [node, addresses] of Map.groupBy(chosen, (one) => one.node)) {
    const pointer = `/clusters/${escaped(name)}/nodes/${escaped(node)}`;
    const of = (role: FoundAddress['role']) => addresses.find((one) => one.role === role);
    const management = of('management');
    const thunderbolt = of('thunderbolt');
    const bridgeAddress = thunderbolt && withPrefix(thunderbolt.address, known);
    const entry = Object.hasOwn(nodes, node) ? nodes[node] : undefined;
    if (entry === undefined) {
      lacking.push({
        node,
        pointer,
        value: {
          ...(management ? { hosts: { management: withoutPrefix(management.address) } } : {}),
          ...(bridgeAddress === undefined ? {} : { thunderbridge: { address: bridgeAddress } }),
        },
        lines: addresses.map(({ line }) => line),
      });
      continue;
    }
    const wanted = [
      {
        found: management,
        part: 'hosts',
        key: 'management',
        value: management && withoutPrefix(management.address),
      },
      { found: thunderbolt, part: 'thunderbridge', key: 'address', value: bridgeAddress },
    ] as const;
    for (const { found, part, key, value } of wanted) {
      if (found === undefined || value === undefined) continue;
      const has: unknown = entry[part]?.[key];
      const place = `${pointer}/${part}/${key}`;
      if (has === undefined) {
        const whole = entry[part] === undefined;
        lacking.push({
          node,
          pointer: whole ? `${pointer}/${part}` : place,
          value: whole ? { [key]: value } : value,
          lines: [found.line],
        });
      } else if (typeof has !== 'string' || withoutPrefix(has) !== withoutPrefix(value)) {
        const text = typeof has === 'string' ? has : JSON.stringify(has);
        different.push({
          node,
          pointer: place,
          has: onOneLine(text),
          script: found.address,
          line: found.line,
        });
      }
    }
  }
  return { lacking, different };
}

async function writeAll(
  lab: LabFolder,
  file: LabFile<ClusterFile>,
  script: string,
  lacking: readonly Lacking[],
): Promise<void> {
  let { digest } = file;
  for (const { pointer, value, lines } of lacking) {
    const reason = `Read in ${script}, ${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}`;
    ({ digest } = await lab.set({ file: file.file, pointer, value, digest, reason }));
  }
}

function withoutPrefix(address: string): string {
  return address.split('/')[0] ?? address;
}

/** With the prefix that the other nodes' addresses of the same kind have. */
function withPrefix(address: string, known: readonly string[]): string {
  if (address.includes('/')) return address;
  const isIpv6 = address.includes(':');
  const alike = known.find((other) => other.includes(':') === isIpv6);
  return `${address}/${alike?.split('/')[1] ?? (isIpv6 ? usualPrefix.ipv6 : usualPrefix.ipv4)}`;
}

/** A part of a JSON Pointer (RFC 6901). */
function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function noClusterFile(): Problem {
  return new Problem('LAB_FILE_MISSING', {
    what: 'The lab has no cluster file to compare the script with.',
    state: 'Nothing was read.',
    next: 'Make one, as in cluster/madagascar.json: {"clusters": {"madagascar": {"nodes": {}}}}.',
  });
}
