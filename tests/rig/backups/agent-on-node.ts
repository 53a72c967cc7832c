import { fileURLToPath } from 'node:url';
import { agentConfig } from '../../../electron/services/backups/agent/agent-config.ts';
import { readAgentProgram } from '../../../electron/services/backups/agent/agent-program.ts';
import { type BackupPolicy, backupPolicySchema } from '../../../shared/schemas/backup-policy.ts';
import type { BackupTarget } from '../../../shared/schemas/backup-policy.ts';
import type { CheapNode } from '../proxmox/cheap-node.ts';

export const agentProgram = await readAgentProgram(
  fileURLToPath(new URL('../../../resources', import.meta.url)),
);

const place = '/usr/local/lib/sifaka/backup-agent';
export const agentState = '/var/lib/sifaka/backups';

/** One line of the agent's events. */
export type AgentLine = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly event: string;
  /** Of a backup, in base64. */
  readonly result?: string;
};

export function policyOf(rules: readonly object[], other: object = {}): BackupPolicy {
  return backupPolicySchema.parse({
    schema: 'sifaka.backup-policy/1',
    timezone: 'Etc/UTC',
    rules: rules.map((rule, index) => ({ name: `rule${index}`, storage: 'nas', guests: ['all'], ...rule })),
    ...other,
  });
}

/** The agent's program and configuration as a deploy puts them there, without systemd. `sh`: what runs it. */
export class AgentOnNode {
  readonly node: CheapNode;
  readonly #shell: readonly string[];

  constructor(
    node: CheapNode,
    policy: BackupPolicy,
    options: {
      readonly shell?: readonly string[];
      readonly targets?: ReadonlyMap<string, BackupTarget>;
      readonly labId?: string;
      /** A text of the program, and what stands there instead: what takes hours is not waited for. */
      readonly patched?: readonly [string, string];
    } = {},
  ) {
    this.node = node;
    this.#shell = options.shell ?? [];
    const [text = '', instead = ''] = options.patched ?? [];
    if (!agentProgram.includes(text)) throw new Error(`the agent has no ${text}`);
    node.writeFile(place, agentProgram.replace(text, instead), 0o755);
    this.configure(policy, options);
  }

  configure(
    policy: BackupPolicy,
    options: { readonly targets?: ReadonlyMap<string, BackupTarget>; readonly labId?: string } = {},
  ): void {
    const storages = [
      { storage: 'nas', type: 'nfs', shared: true, active: true, backups: true },
      { storage: 'local', type: 'dir', shared: false, active: true, backups: true },
    ];
    const config = agentConfig({
      policy,
      node: { node: this.node.name, pveCluster: 'madagascar', storages },
      targets: options.targets ?? new Map(),
      labId: options.labId,
      version: '0.0.0',
    });
    this.node.writeFile('/etc/sifaka/backup-agent.conf', config, 0o600);
  }

  /** One look, as its timer starts one. */
  run() {
    return this.node.exec([...this.#shell, place, 'run']);
  }

  check() {
    return this.node.exec([...this.#shell, place, 'check']);
  }

  /** As if it were the day after its schedule's last time: what was done before is older than that. */
  async anotherDay(): Promise<void> {
    const back = `for f in "$0"/agent/guests/*; do [ -f "$f" ] && awk '{ if ($1 != "run") $2 -= 90000; print }' "$f" >"$f.n" && mv "$f.n" "$f"; done; :`;
    await this.node.ok('sh', '-c', back, agentState);
    if (this.node.exists(`${agentState}/agent/last`))
      await this.node.ok('sh', '-c', `echo "$(($(date +%s) - 90000)) - -" >"$0"/agent/last`, agentState);
    await this.node.ok('touch', '-d', '2 days ago', '/etc/sifaka/backup-agent.conf');
  }

  /** The runs of the agent that are there, each by its id. */
  runs(): string[] {
    return this.node.list(`${agentState}/runs`).filter((name) => /^[0-9a-f-]{36}$/.test(name));
  }

  events(): AgentLine[] {
    const lines = ['events.jsonl.1', 'events.jsonl'].flatMap((name) =>
      this.node.exists(`${agentState}/${name}`)
        ? this.node.readFile(`${agentState}/${name}`).trimEnd().split('\n')
        : [],
    );
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as AgentLine];
      } catch {
        return [];
      }
    });
  }

  backups(): AgentLine[] {
    return this.events().filter(({ event }) => event === 'backup');
  }
}
