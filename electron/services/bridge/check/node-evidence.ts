import { asProblem } from '../../../../shared/problem.ts';
import type { Evidence } from '../../issues/issue-markdown.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ssh, Ways } from '../../ssh/ssh.ts';

/** What one node says of its bridge, for people to read. */
export interface NodeEvidence {
  readonly node: string;
  /** Kernel, system and versions of its tools, on one line. */
  readonly system: string;
  readonly evidence: readonly Evidence[];
}

/**
 * `$1` is the bridge. Answers parts, each ended by a NUL, which none of them can have. Runs in dash, bash and busybox,
 * changes nothing, and gives every command an empty stdin, since the script itself comes there. What a command says of
 * why it fails is evidence, too.
 */
const evidenceScript = String.raw`PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
bridge=$1
part() { "$@" </dev/null 2>&1 | tr -d '\000' | tail -c 12288; printf '\0'; }
system() { uname -sr; sed -n 's/^PRETTY_NAME=//p' /etc/os-release; ip -V; ping -V; }
addresses() { ip -d address show dev "$bridge"; ip -d -s link show master "$bridge"; }
kernel() { dmesg | grep -i -e thunderbolt -e bridge -e "$bridge" | tail -n 60; }
journal() {
  journalctl -b --no-pager -o short-iso -n 80 -u networking.service -u systemd-networkd.service -u systemd-udevd.service
}
part system
part addresses
part bridge -d link
part kernel
part journal
`;

const titles = ['ip -d address, ip -d -s link', 'bridge -d link', 'dmesg', 'journalctl -b'] as const;
const limits = { milliseconds: 30_000, bytes: 256 * 1024 };

/** A node that does not answer has that as its evidence. CANCELLED. */
export async function nodeEvidence(
  { ssh, ways, signal }: { readonly ssh: Ssh; readonly ways: Ways; readonly signal: AbortSignal },
  node: string,
  bridge: string,
): Promise<NodeEvidence> {
  try {
    const command = shellScript(evidenceScript, bridge);
    const { stdout } = await ssh.run(ways.destinations.toNode(node), command, { signal, limits });
    const [system = '', ...parts] = stdout.toString('utf8').split('\0');
    const evidence = titles.map((title, index) => ({
      title: `${node}: ${title}`,
      text: parts[index]?.trim() || 'Nothing was printed.',
    }));
    return { node, system: onOneLine(system.trim().replaceAll('\n', '; '), 300) || 'unknown', evidence };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    const { what } = problem.data;
    return {
      node,
      system: 'unknown',
      evidence: [{ title: `${node}: ssh`, text: `${problem.code}: ${what}` }],
    };
  }
}
