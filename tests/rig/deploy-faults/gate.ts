import type { ClusterNode } from '../cluster/node.ts';

/** Commands that a gate can stand before or behind. All have a place in the program that a deploy runs on a node. */
const commands = ['ifreload', 'ln', 'mv', 'ping', 'sync'] as const;

/** Where a program of a node waits: at the first run of a command whose arguments match. */
export interface GatePlace {
  /** A pattern of the shell's `case`, as is the next for all arguments as one text. */
  readonly command: string;
  readonly matches: string;
  /** Before the command does anything, or when it has done it and has not yet ended. */
  readonly side: 'before' | 'behind';
}

/** It fails at once, or does all that it should and says then that it failed. */
export type IfreloadFault = { readonly times: 'once' | 'always'; readonly does: 'nothing' | 'its work' };

// Nothing in it may be a command that stands behind a gate itself, so all have their paths. /run is memory: a gate holds
// on a full disk, and is gone with a reboot.
const wrapper = `#!/bin/sh
name=\${0##*/}
real=/usr/lib/rig-gates/$name
gate=/run/rig-gate
hold() {
    [ -f "$gate/place" ] || return 0
    { read -r side && read -r command && read -r pattern; } <"$gate/place"
    case "$1/$name" in
    $side/$command) ;;
    *) return 0 ;;
    esac
    shift
    case "$*" in
    $pattern) ;;
    *) return 0 ;;
    esac
    /usr/bin/mkdir "$gate/reached" 2>/dev/null || return 0
    while [ -d "$gate/reached" ] && [ ! -e "$gate/open" ]; do /usr/bin/sleep 0.05; done
}
hold before "$@"
if [ "$name" = ifreload ] && [ -f /run/rig-ifreload ]; then
    read -r times does </run/rig-ifreload
    [ "$times" != once ] || /usr/bin/rm -f /run/rig-ifreload
    [ "$does" = nothing ] || "$real" "$@"
    echo 'ifreload: it was made to fail' >&2
    exit 1
fi
if [ -f "$gate/place" ]; then
    code=0
    "$real" "$@" || code=$?
    hold behind "$@"
    exit "$code"
fi
exec "$real" "$@"
`;

/** Puts the wrappers in the place of the real commands. They are there before and after every deploy. */
export async function installGates(node: ClusterNode): Promise<void> {
  // What a link is called is what it does: `ifreload` is one.
  const replaced = `set -e
place=$(command -v "$1")
mkdir -p /usr/lib/rig-gates
if [ -L "$place" ]; then
    ln -s "$(readlink -f "$place")" "/usr/lib/rig-gates/$1"
    rm "$place"
else
    cp -p "$place" "/usr/lib/rig-gates/$1"
fi
cat >"/usr/lib/rig-gates/.$1"
chmod 0755 "/usr/lib/rig-gates/.$1"
/usr/bin/mv "/usr/lib/rig-gates/.$1" "$place"
`;
  for (const command of commands) {
    const argv = ['env', 'PATH=/usr/sbin:/usr/bin', 'sh', '-c', replaced, 'sh', command];
    const { code, stderr } = await node.exec(argv, { input: wrapper });
    if (code !== 0) throw new Error(`${node.name} takes no wrapper: ${stderr}`);
  }
}

/** From now on the first that comes to the place waits there until the gate is opened. */
export async function closeGate(node: ClusterNode, { side, command, matches }: GatePlace): Promise<void> {
  const place = `/run/rig-gate/place`;
  await openGate(node);
  await node.ok('mkdir', '/run/rig-gate');
  const { code } = await node.exec(['tee', place], { input: `${side}\n${command}\n${matches}\n` });
  if (code !== 0) throw new Error(`${node.name} takes no gate`);
}

export async function isAtGate(node: ClusterNode): Promise<boolean> {
  return (await node.exec(['test', '-d', '/run/rig-gate/reached'])).code === 0;
}

/** Whoever waits goes on, and nobody waits any more. */
export async function openGate(node: ClusterNode): Promise<void> {
  await node.ok('rm', '-rf', '/run/rig-gate');
}

export async function breakIfreload(node: ClusterNode, { times, does }: IfreloadFault): Promise<void> {
  await node.exec(['tee', '/run/rig-ifreload'], { input: `${times} ${does}\n` });
}

export async function mendIfreload(node: ClusterNode): Promise<void> {
  await node.ok('rm', '-f', '/run/rig-ifreload');
}
