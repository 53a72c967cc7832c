import { createHash } from 'node:crypto';
import { z } from 'zod';
import { asProblem, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { NodeFile } from '../../../../shared/schemas/bridge.ts';
import { guestTypeSchema, vmidSchema } from '../../../../shared/schemas/backup-names.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ssh, Ways } from '../../ssh/ssh.ts';
import { agentPaths, olderUnits } from './agent-words.ts';

/** What is in the place of one of the agent's files. */
export type FoundFile =
  | { readonly kind: 'absent' | 'other' }
  | { readonly kind: 'file'; readonly file: NodeFile };

/** How the agent of a node stands, by the node's own word. */
export interface AgentFacts {
  readonly isRoot: boolean;
  readonly hasSystemd: boolean;
  readonly isProxmox: boolean;
  readonly files: ReadonlyMap<string, FoundFile>;
  /** Digests of what the last deploy left there, by path. */
  readonly deployed: ReadonlyMap<string, string>;
  /** Another deploy holds the node. */
  readonly armed?: string;
  /** Older agents' units that are there, and whether they run or would at boot. */
  readonly older: readonly { readonly unit: string; readonly enabled: boolean; readonly active: boolean }[];
  readonly timer: { readonly loaded: boolean; readonly active: boolean; readonly next?: Date };
  readonly service: { readonly loaded: boolean };
  readonly check?: AgentCheck;
}

/** What `backup-agent check` answers. */
export interface AgentCheck {
  readonly valid: boolean;
  readonly version?: string;
  readonly running: boolean;
  readonly last?: { readonly started: Date; readonly ended?: Date; readonly outcome: string };
  /** Guests that live there now; `undefined` when that could not be told. */
  readonly guests?: readonly {
    readonly type: 'qemu' | 'lxc';
    readonly vmid: number;
    /** The rule's name; missing when no rule counts for it. */
    readonly rule?: string;
    readonly success?: Date;
  }[];
}

const paths: readonly string[] = Object.values(agentPaths).toSorted();

/**
 * Constant, and changes nothing. Every line of the answer is a word and what belongs to it in base64, so that nothing in a
 * file can pass for another line.
 */
const script = String.raw`PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
TZ=UTC
export PATH LC_ALL TZ
line() {
  printf '%s ' "$1"
  most=$2
  shift 2
  "$@" </dev/null 2>/dev/null | head -c "$most" | base64 | tr -d '\n'
  printf '\n'
}
echo sifaka-agent-facts/1
line user 16 id -u
[ ! -d /run/systemd/system ] || echo systemd
{ ! command -v vzdump && ! command -v pvesh; } >/dev/null || echo proxmox
number=0
for path; do
  if [ -f "$path" ] && [ ! -L "$path" ]; then
    echo "file $number"
    line status 512 stat -c '%U/%G/%a/%s' "$path"
    line content 524288 cat "$path"
  elif [ -e "$path" ] || [ -L "$path" ]; then echo "other $number"
  else echo "absent $number"; fi
  number=$((number + 1))
done
line deployed 65536 cat /var/lib/sifaka/backup-agent/deployed
line armed 256 cat /var/lib/sifaka/backup-agent/armed/deploy
for unit in ${olderUnits.join(' ')}; do
  [ -z "$(systemctl list-unit-files --no-legend --plain "$unit" 2>/dev/null)" ] || {
    line older 128 printf '%s %s %s' "$unit" "$(systemctl is-enabled "$unit" 2>/dev/null)" "$(systemctl is-active "$unit" 2>/dev/null)"
  }
done
line timer 1024 systemctl show --property=LoadState,ActiveState,NextElapseUSecRealtime sifaka-backup-agent.timer
line service 1024 systemctl show --property=LoadState sifaka-backup-agent.service
check() {
  [ -x ${agentPaths.program} ] && [ ! -L ${agentPaths.program} ] || return
  timeout 60 ${agentPaths.program} check
}
line check 262144 check
echo end
`;

/** How the agent stands on each of these nodes, asked all at once; why not, for one that does not answer. */
export async function askAgents(
  ssh: Ssh,
  ways: Ways,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, { readonly facts: AgentFacts } | { readonly problem: ProblemRecord }>> {
  const answers = nodes.map(async (node) => [node, await askAgent(ssh, ways, node, signal)] as const);
  return new Map(await Promise.all(answers));
}

export async function askAgent(
  ssh: Ssh,
  { destinations }: Ways,
  node: string,
  signal: AbortSignal,
): Promise<{ readonly facts: AgentFacts } | { readonly problem: ProblemRecord }> {
  try {
    const { code, stdout } = await ssh.run(destinations.toNode(node), shellScript(script, ...paths), {
      signal,
      limits: { milliseconds: 90_000, bytes: 4 * 1024 * 1024 },
    });
    const facts = code === 0 ? parseAgentFacts(stdout) : undefined;
    if (facts === undefined) throw answerInvalid(node);
    return { facts };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return { problem: problem.toRecord() };
  }
}

/** `undefined` for what is no whole answer of the script. */
export function parseAgentFacts(output: Buffer): AgentFacts | undefined {
  const lines = output.toString('latin1').split('\n');
  if (lines.length > 200 || lines.pop() !== '') return undefined;
  if (lines.shift() !== 'sifaka-agent-facts/1' || lines.pop() !== 'end') return undefined;
  const files = parseFiles(lines);
  if (files === undefined) return undefined;
  const timer = propertiesOf(textOf(lines, 'timer'));
  const next = nextElapse(timer.get('NextElapseUSecRealtime'));
  const armed = z.uuid().safeParse(textOf(lines, 'armed').trim());
  const check = parseCheck(textOf(lines, 'check'));
  return {
    isRoot: textOf(lines, 'user').trim() === '0',
    hasSystemd: lines.includes('systemd'),
    isProxmox: lines.includes('proxmox'),
    files,
    deployed: parseDeployed(textOf(lines, 'deployed')),
    ...(armed.success ? { armed: armed.data } : {}),
    older: lines.flatMap((line) => {
      const [unit, enabled, active] = line.startsWith('older ') ? decoded(line.slice(6)).split(' ') : [];
      const known = olderUnits.find((name) => name === unit);
      return known === undefined
        ? []
        : [{ unit: known, enabled: enabled?.startsWith('enabled') === true, active: active === 'active' }];
    }),
    timer: {
      loaded: timer.get('LoadState') === 'loaded',
      active: timer.get('ActiveState') === 'active',
      ...(next === undefined ? {} : { next }),
    },
    service: { loaded: propertiesOf(textOf(lines, 'service')).get('LoadState') === 'loaded' },
    ...(check === undefined ? {} : { check }),
  };
}

function parseFiles(lines: readonly string[]): Map<string, FoundFile> | undefined {
  const found = new Map<string, FoundFile>();
  for (const [number, path] of paths.entries()) {
    if (lines.includes(`absent ${number}`)) found.set(path, { kind: 'absent' });
    else if (lines.includes(`other ${number}`)) found.set(path, { kind: 'other' });
    else {
      const at = lines.indexOf(`file ${number}`);
      const [, owner, group, bits, size] =
        /^([a-z0-9_-]{1,32})\/([a-z0-9_-]{1,32})\/([0-7]{1,4})\/(\d{1,9})$/.exec(
          valueOf(lines[at + 1], 'status').trim(),
        ) ?? [];
      if (at < 0 || owner === undefined || group === undefined || bits === undefined) return undefined;
      const bytes = Buffer.from(lines[at + 2]?.replace(/^content /, '') ?? '', 'base64');
      // A larger one is none of ours, and what was sent of it is not it.
      if (bytes.length !== Number(size)) found.set(path, { kind: 'other' });
      else
        found.set(path, { kind: 'file', file: nodeFile(path, bytes, owner, group, bits.padStart(4, '0')) });
    }
  }
  return found;
}

function nodeFile(path: string, bytes: Buffer, owner: string, group: string, mode: string): NodeFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text).equals(bytes);
  const content = isText ? { text } : { base64: bytes.toString('base64') };
  return { path, owner, group, mode, size: bytes.length, sha256, ...content };
}

/** `file MODE OWNER GROUP SHA256 PATH`, of resources/node-deploy/5-arm.sh; only our own paths count. */
function parseDeployed(text: string): Map<string, string> {
  const [tag, ...lines] = text.split('\n');
  if (tag !== 'sifaka.backup-agent-deployed/1') return new Map();
  return new Map(
    lines.flatMap((line) => {
      const [, sha256, path] = /^file \S+ \S+ \S+ ([0-9a-f]{64}) (\S+)$/.exec(line) ?? [];
      return path !== undefined && sha256 !== undefined && paths.includes(path)
        ? [[path, sha256] as const]
        : [];
    }),
  );
}

const guestLine = z.tuple([z.literal('guest'), guestTypeSchema, z.coerce.number().pipe(vmidSchema)]);

function parseCheck(text: string): AgentCheck | undefined {
  const lines = text.split('\n');
  if (lines.shift() !== 'sifaka-backup-agent/1' || lines.pop() !== '' || lines.pop() !== 'end')
    return undefined;
  const words = lines.map((line) => line.split(' '));
  const [, valid, version] = words.find(([word]) => word === 'config') ?? [];
  const last = words.find(([word]) => word === 'last');
  const started = momentOf(last?.[1]);
  const ended = momentOf(last?.[2]);
  const guests = words.flatMap(([word, type, vmid, number, rule, success]) => {
    const guest = guestLine.safeParse([word, type, vmid]);
    if (!guest.success) return [];
    const at = momentOf(success);
    const hasRule = rule !== undefined && rule !== '-' && /^\d+$/.test(number ?? '');
    return [
      {
        type: guest.data[1],
        vmid: guest.data[2],
        ...(hasRule ? { rule: onOneLine(rule, 63) } : {}),
        ...(at === undefined ? {} : { success: at }),
      },
    ];
  });
  return {
    valid: valid === 'valid',
    ...(version === undefined ? {} : { version: onOneLine(version, 40) }),
    running: lines.includes('lock held'),
    ...(started === undefined
      ? {}
      : {
          last: {
            started,
            ...(ended === undefined ? {} : { ended }),
            outcome: onOneLine(last?.[3] ?? '-', 40),
          },
        }),
    ...(lines.includes('guests unknown') ? {} : { guests }),
  };
}

/** As in `Mon 2026-11-23 02:30:00 UTC`: the script asks with that time zone. */
function nextElapse(text: string | undefined): Date | undefined {
  const [, day, time] = /^\w+ (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/.exec(text ?? '') ?? [];
  const at = day === undefined || time === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`);
  return Number.isNaN(at) ? undefined : new Date(at);
}

function momentOf(seconds: string | undefined): Date | undefined {
  return seconds !== undefined && /^\d{1,11}$/.test(seconds) ? new Date(Number(seconds) * 1000) : undefined;
}

function propertiesOf(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}

function textOf(lines: readonly string[], word: string): string {
  return valueOf(
    lines.find((line) => line.startsWith(`${word} `)),
    word,
  );
}

function valueOf(line: string | undefined, word: string): string {
  return line?.startsWith(`${word} `) === true ? decoded(line.slice(word.length + 1)) : '';
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function answerInvalid(node: string): Problem {
  return new Problem('NODE_ANSWER_INVALID', {
    what: `${node} answered something else than what it was asked: how its backup agent stands is not known.`,
    state: 'Nothing was changed there.',
    next: `See that base64, head and stat are installed on ${node}, and look at it: ssh ${node}`,
  });
}
