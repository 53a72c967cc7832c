import type { ClusterNode } from '../cluster/node.ts';

/**
 * All of a node that a deploy may change. A line for each thing, so that two states can be compared and what differs can
 * be read.
 */
export interface NodeState {
  /** By path: type, mode, owner and digest of each file below the roots of a design and beside them. */
  readonly files: ReadonlyMap<string, string>;
  /** By path: inode, number of names and time of change, which only the old ones keep. */
  readonly identities: ReadonlyMap<string, string>;
  readonly folders: ReadonlyMap<string, string>;
  /** Every link: its kind, MTU, whether it is up, its master, settings of bridges and ports, addresses; and routes. */
  readonly links: readonly string[];
  /** What the node says was deployed last; empty for nothing. */
  readonly deployed: string;
}

const script = `
set -u
echo '# files'
find /etc /usr/local -xdev ! -path /etc/rig-clock -type f -printf '%i %n %T@ %p\\n' | sort -k 4
echo '# modes'
find /etc /usr/local -xdev ! -path /etc/rig-clock ! -type d -printf '%y %m %u:%g %l %p\\n' | sort -k 5
echo '# digests'
find /etc /usr/local -xdev ! -path /etc/rig-clock -type f -exec sha256sum {} +
echo '# folders'
find /etc /usr/local -xdev ! -path /etc/rig-clock -type d -printf '%m %u:%g %p\\n' | sort -k 3
echo '# links'
for net in /sys/class/net/*; do
    name=\${net##*/}
    kind=other
    [ ! -d "$net/bridge" ] || kind=bridge
    master=-
    [ ! -L "$net/master" ] || { master=$(readlink "$net/master"); master=\${master##*/}; }
    echo "link $name $kind mtu=$(cat "$net/mtu") up=$(($(cat "$net/flags") & 1)) master=$master address=$(cat "$net/address")"
    for setting in stp_state forward_delay hello_time max_age priority vlan_filtering multicast_snooping; do
        [ ! -f "$net/bridge/$setting" ] || echo "bridge $name $setting=$(cat "$net/bridge/$setting")"
    done
    # What no design sets; for a while after a port comes or goes the kernel shows a shorter one.
    [ "$(cat "$net/bridge/topology_change" 2>/dev/null)" != 0 ] || [ "$(cat "$net/bridge/ageing_time")" = 30000 ] ||
        echo "bridge $name ageing_time=$(cat "$net/bridge/ageing_time")"
    for setting in path_cost priority hairpin_mode isolated bpdu_guard root_block multicast_router learning; do
        [ ! -f "$net/brport/$setting" ] || echo "port $name $setting=$(cat "$net/brport/$setting")"
    done
    ip -o address show dev "$name" | grep -v ' fe80:' | while read -r _ _ family address rest; do
        echo "address $name $family $address \${rest%%\\\\\\\\*}"
    done
done | sort
{ ip -4 -o route; ip -6 -o route; } | grep -v '^fe80:' | sed 's/ linkdown//; s/^/route /' | sort
echo '# deployed'
cat /var/lib/sifaka/bridge/deployed 2>/dev/null
echo '# end'
`;

/** Reads it past the node's network and SSH. */
export async function readState(node: ClusterNode): Promise<NodeState> {
  const { stdout, stderr } = await node.exec(['sh', '-c', script]);
  const parts = new Map(
    stdout
      .split(/^# /m)
      .slice(1)
      .map((part) => {
        const [name = '', ...lines] = part.split('\n');
        return [name, lines.filter((line) => line !== '')] as const;
      }),
  );
  const lines = (name: string) => parts.get(name) ?? [];
  if (!parts.has('end')) throw new Error(`${node.name}: ${stderr}${stdout}`);
  const digests = new Map(lines('digests').map((line) => [line.slice(66), line.slice(0, 64)]));
  return {
    files: new Map(
      lines('modes').map((line) => {
        const [path, modes] = byPath(line, 4);
        return [path, `${modes.trim()} ${digests.get(path) ?? ''}`.trim()];
      }),
    ),
    identities: new Map(lines('files').map((line) => byPath(line, 3))),
    folders: new Map(lines('folders').map((line) => byPath(line, 2))),
    links: lines('links'),
    deployed: lines('deployed').join('\n'),
  };
}

/** A path, which may have blanks, and the fields before it. */
function byPath(line: string, fields: number): readonly [path: string, fields: string] {
  const words = line.split(' ');
  return [words.slice(fields).join(' '), words.slice(0, fields).join(' ')];
}

/** Nothing when a node is what it was, to the inode and the time of every file. */
export function differencesFromOld(before: NodeState, now: NodeState): string[] {
  return [
    ...differences('file', before.files, now.files),
    ...differences('identity', before.identities, now.identities),
    ...differences('folder', before.folders, now.folders),
    ...linesOfOne(before.links, now.links),
    ...(before.deployed === now.deployed ? [] : [`deployed: ${now.deployed}`]),
  ];
}

/** What a node is to have. */
export interface WantedState extends Pick<NodeState, 'files' | 'folders' | 'links'> {
  /** The first lines of what it says of its deploy. */
  readonly deployed: readonly string[];
}

export function differencesFromNew(wanted: WantedState, now: NodeState): string[] {
  const said = now.deployed.split('\n').slice(0, wanted.deployed.length);
  return [
    ...differences('file', wanted.files, now.files),
    ...differences('folder', wanted.folders, now.folders),
    ...linesOfOne(wanted.links, now.links),
    ...linesOfOne(wanted.deployed, said),
  ];
}

function differences(
  what: string,
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string[] {
  const paths = [...new Set([...before.keys(), ...now.keys()])];
  return paths
    .filter((path) => before.get(path) !== now.get(path))
    .map((path) => `${what} ${path}: ${before.get(path) ?? 'absent'} → ${now.get(path) ?? 'absent'}`);
}

function linesOfOne(before: readonly string[], now: readonly string[]): string[] {
  return [
    ...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}

// sshd is a fault of its own, and not started again while it is looked whether a node settles without it.
const pendingScript = `
for place in /var/lib/sifaka/bridge/armed /var/lib/sifaka/bridge/arming-* /var/lib/sifaka/bridge/ended \\
    /var/lib/sifaka/bridge/last-rollback/live-differs /etc/systemd/system/sifaka-bridge-boot.service* \\
    /etc/systemd/system/sysinit.target.wants/sifaka-bridge-boot.service /run/systemd/transient/sifaka-bridge-*; do
    [ ! -e "$place" ] && [ ! -L "$place" ] || echo "$place"
done
find /etc /usr/local -xdev ! -path /etc/rig-clock \\( -name '*.sifaka-old' -o -name '*.sifaka-new' \\)
systemctl list-units --all --plain --no-legend 'sifaka-bridge-settle*' 'sifaka-bridge-apply*'
systemctl list-timers --all --plain --no-legend 'sifaka-bridge-*'
systemctl list-jobs --no-legend
systemctl list-units --state=failed --plain --no-legend | grep -v '^ssh.service '
pgrep -fa /var/lib/sifaka/bridge/[a]rmed/program
echo end
`;

/** What a deploy left that is still to happen; nothing once the node is settled. */
export async function pendingOn(node: ClusterNode): Promise<string[]> {
  const { stdout, stderr } = await node.exec(['sh', '-c', pendingScript]);
  const lines = stdout.split('\n');
  if (lines.at(-2) !== 'end') throw new Error(`${node.name}: ${stderr}${stdout}`);
  return lines.slice(0, -2);
}
