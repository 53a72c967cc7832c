import { Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { AgentPlan } from '../../../../shared/schemas/backup-plans.ts';
import type { NodeFile } from '../../../../shared/schemas/bridge.ts';
import type { PayloadFile } from '../../node-deploy/node-payload.ts';
import type { AgentFacts } from './agent-facts.ts';
import { isAsWanted } from './agent-state.ts';

/** One node, what it answered, and what its agent shall be; no files at all when the agent goes. */
export interface AskedAgent {
  readonly node: string;
  readonly answer: { readonly facts: AgentFacts } | { readonly problem: ProblemRecord };
  readonly wanted: readonly NodeFile[];
}

type PlannedNode = AgentPlan['nodes'][number];

/** What a deploy would change on each node. Pure. */
export function planAgent(asked: readonly AskedAgent[]): AgentPlan {
  return { schema: 'sifaka.agent-plan/1', nodes: asked.map(plannedNode) };
}

function plannedNode({ node, answer, wanted }: AskedAgent): PlannedNode {
  if (!('facts' in answer))
    return { node, action: 'nothing', files: [], retires: [], refusal: answer.problem };
  const { facts } = answer;
  const files = fileChanges(facts, wanted);
  const isThere = [...facts.files.values()].some(({ kind }) => kind === 'file');
  const retires =
    wanted.length === 0
      ? []
      : facts.older.filter(({ enabled, active }) => enabled || active).map(({ unit }) => unit);
  const isChanged =
    files.some(({ action }) => action !== 'keep') || retires.length > 0 || !isRunning(facts, wanted);
  const refusal = refusalOf(node, facts, wanted);
  return {
    node,
    action: !isChanged ? 'nothing' : wanted.length === 0 ? 'remove' : isThere ? 'change' : 'install',
    files: files.map(shownFile),
    retires,
    ...(refusal === undefined ? {} : { refusal: refusal.toRecord() }),
  };
}

/** Without the keys of what is not there: nothing undefined is in a plan. */
function shownFile({ path, action, before, after }: PayloadFile): PlannedNode['files'][number] {
  return {
    path,
    action,
    ...(before?.text === undefined ? {} : { before: before.text }),
    ...(after?.text === undefined ? {} : { after: after.text }),
  };
}

/** What is right as files and yet does not run is put in place again, which starts it. */
function isRunning({ timer, service }: AgentFacts, wanted: readonly NodeFile[]): boolean {
  return wanted.length === 0 ? !timer.active : timer.active && service.loaded;
}

/** Each of the agent's files, by path; what is in the way counts as nothing, and is refused besides. */
export function fileChanges(facts: AgentFacts, wanted: readonly NodeFile[]): PayloadFile[] {
  const after = new Map(wanted.map((file) => [file.path, file]));
  return [...facts.files].flatMap(([path, found]): PayloadFile[] => {
    const before = found.kind === 'file' ? found.file : undefined;
    const next = after.get(path);
    if (next === undefined)
      return before === undefined ? [] : [{ action: 'remove', path, before, after: undefined }];
    if (before === undefined) return [{ action: 'create', path, before, after: next }];
    return [{ action: isAsWanted(facts, next) ? 'keep' : 'replace', path, before, after: next }];
  });
}

function refusalOf(node: string, facts: AgentFacts, wanted: readonly NodeFile[]): Problem | undefined {
  const state = `Nothing is changed on ${node}.`;
  const blocked = [...facts.files].find(([, { kind }]) => kind === 'other');
  if (!facts.isRoot)
    return new Problem('AGENT_REFUSED', {
      what: `The agent is deployed as root, and ${node} lets another user in.`,
      state,
      next: `Give ${node} \`"user": "root"\` in the cluster file.`,
    });
  if (!facts.hasSystemd)
    return new Problem('AGENT_REFUSED', {
      what: `${node} does not run systemd, whose timers start the agent.`,
      state,
      next: 'Back its guests up from here: sifaka backups run due',
    });
  if (wanted.length > 0 && !facts.isProxmox)
    return new Problem('NOT_PROXMOX', {
      what: `${node} has nothing of Proxmox on it: there is nothing to back up with.`,
      state,
      next: 'Leave it out with --nodes.',
    });
  if (blocked !== undefined)
    return new Problem('AGENT_REFUSED', {
      what: `${blocked[0]} on ${node} is no plain file of a size that the agent has.`,
      state,
      next: `Look at it on ${node}, and move it away.`,
    });
  if (facts.armed !== undefined)
    return new Problem('NODE_ARMED', {
      what: `${node} is armed by another deploy of the agent, ${facts.armed}.`,
      state,
      next: 'It ends by itself within two minutes. Then plan again.',
    });
  return undefined;
}
