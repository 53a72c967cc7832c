import { Problem } from '../../../../shared/problem.ts';
import type { GuestType } from '../../../../shared/schemas/backup-names.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { Destination } from '../../ssh/destination.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ssh } from '../../ssh/ssh.ts';
import { type GuestConfigText, parseGuestConfig } from './guest-config.ts';

export interface GuestNode {
  readonly ssh: Ssh;
  readonly node: string;
  readonly destination: Destination;
}

/** A guest as its cluster has it now. */
export interface FoundGuest {
  /** The name that its node goes by. */
  readonly host: string;
  readonly type: GuestType;
  /** Of the file, in lower-case hexadecimal: another configuration has another. */
  readonly digest: string;
  readonly config: GuestConfigText;
}

export interface GuestLook {
  /** What the node that was asked calls itself. */
  readonly host: string;
  /** Wherever in the cluster it is. */
  readonly guest?: FoundGuest;
}

/** /etc/pve shows the whole cluster (pmxcfs). Arguments: guest id. */
const lookScript = String.raw`
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
own=$(uname -n)
echo "host ${'$'}{own%%.*}"
[ -d /etc/pve/nodes ] || exit 1
for file in /etc/pve/nodes/*/qemu-server/"$1".conf /etc/pve/nodes/*/lxc/"$1".conf; do
	[ -f "$file" ] || continue
	sum=$(sha256sum <"$file") || exit 1
	kind=${'$'}{file%/*}
	node=${'$'}{kind%/*}
	echo "guest ${'$'}{node##*/} ${'$'}{kind##*/} ${'$'}{sum%% *} $(head -c 262144 "$file" | base64 | tr -d '\n')"
done
echo end
`;

const limits = { milliseconds: 60_000, bytes: 1024 * 1024 };

/** PVE_ANSWER_INVALID, and the problems of `Ssh.run`. */
export async function lookAtGuest(
  { ssh, node, destination }: GuestNode,
  vmid: number,
  signal: AbortSignal,
): Promise<GuestLook> {
  const { code, stdout } = await ssh.run(destination, shellScript(lookScript, String(vmid)), {
    signal,
    limits,
  });
  const lines = stdout.toString('latin1').split('\n');
  const [, host] = /^host ([A-Za-z0-9-]{1,63})$/.exec(lines[0] ?? '') ?? [];
  if (code !== 0 || lines.at(-2) !== 'end' || host === undefined) throw answerInvalid(node, vmid);
  for (const line of lines) {
    const [, where, kind, digest, text] =
      /^guest ([A-Za-z0-9-]{1,63}) (qemu-server|lxc) ([0-9a-f]{64}) ([A-Za-z0-9+/=]*)$/.exec(line) ?? [];
    if (where === undefined || digest === undefined || text === undefined) continue;
    const config = parseGuestConfig(Buffer.from(text, 'base64').toString('utf8'));
    return { host, guest: { host: where, type: kind === 'lxc' ? 'lxc' : 'qemu', digest, config } };
  }
  return { host };
}

export interface CommandEnd {
  readonly ok: boolean;
  readonly stdout: string;
  /** What it said, on one line. */
  readonly said: string;
}

/** One of Proxmox's own commands on its node, with its arguments as they are. The problems of `Ssh.run`. */
export async function guestCommand(
  { ssh, destination }: GuestNode,
  argv: readonly [string, ...string[]],
  { signal, milliseconds = 120_000 }: { readonly signal: AbortSignal; readonly milliseconds?: number },
): Promise<CommandEnd> {
  const { code, stdout, stderr } = await ssh.run(
    destination,
    { argv: ['env', 'LC_ALL=C', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...argv] },
    { signal, limits: { milliseconds, bytes: 1024 * 1024 } },
  );
  const words = stderr.toString('utf8').trim() || stdout.toString('utf8');
  return { ok: code === 0, stdout: stdout.toString('utf8'), said: onOneLine(words.slice(-2000), 300) };
}

export function toolOf(type: GuestType): 'qm' | 'pct' {
  return type === 'qemu' ? 'qm' : 'pct';
}

/** `status: running`; nothing when there is no such guest on this node. */
export async function guestStatus(
  node: GuestNode,
  type: GuestType,
  vmid: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const end = await guestCommand(node, [toolOf(type), 'status', String(vmid)], { signal });
  return end.ok ? /^status: (\w{1,20})/m.exec(end.stdout)?.[1] : undefined;
}

function answerInvalid(node: string, vmid: number): Problem {
  return new Problem('PVE_ANSWER_INVALID', {
    what: `${node} does not say what the guest ${vmid} is like.`,
    state: 'Nothing was changed there.',
    next: `See that /etc/pve is there on ${node}: its pve-cluster service may be down.`,
  });
}
