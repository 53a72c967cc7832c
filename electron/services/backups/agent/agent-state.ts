import { formatUtc } from '../../../../shared/quantities.ts';
import type { ProblemRecord } from '../../../../shared/problem.ts';
import type { AgentState } from '../../../../shared/schemas/backup-plans.ts';
import type { NodeFile } from '../../../../shared/schemas/bridge.ts';
import type { AgentCheck, AgentFacts } from './agent-facts.ts';

/**
 * What one node's agent is, in the words of the dashboard. `wanted`: its files as the policy gives them; `undefined` without
 * a policy that can be read, when what is there can be no more than out of date. Pure.
 */
export function agentState(
  node: string,
  answer: { readonly facts: AgentFacts } | { readonly problem: ProblemRecord },
  wanted: readonly NodeFile[] | undefined,
): AgentState {
  if (!('facts' in answer)) return { node, problem: answer.problem, state: 'silent', guests: [] };
  const { facts } = answer;
  const { check, timer } = facts;
  const older = facts.older.find(({ enabled, active }) => enabled || active);
  return {
    node,
    state: stateOf(facts, wanted),
    ...(check?.version === undefined ? {} : { version: check.version }),
    ...(older === undefined ? {} : { older: older.unit }),
    ...(check?.last === undefined ? {} : { lastRunAt: check.last.started.toISOString() }),
    ...(timer.active && timer.next !== undefined ? { nextRunAt: timer.next.toISOString() } : {}),
    ...(check === undefined ? {} : { lastOutcome: outcomeOf(facts, check) }),
    guests: (check?.guests ?? [])
      .filter(({ rule }) => rule !== undefined)
      .map(({ vmid }) => `${node}/${vmid}`),
  };
}

function stateOf(facts: AgentFacts, wanted: readonly NodeFile[] | undefined): AgentState['state'] {
  const present = [...facts.files.values()].filter(({ kind }) => kind !== 'absent');
  if (present.length === 0) return 'absent';
  if (wanted?.every((file) => isAsWanted(facts, file)) === true) return 'current';
  const isForeign = [...facts.files].some(([path, found]) => {
    if (found.kind === 'absent') return facts.deployed.has(path);
    return found.kind !== 'file' || facts.deployed.get(path) !== found.file.sha256;
  });
  return isForeign ? 'foreign' : 'outdated';
}

/** Content and rights: a program that somebody else may write is not ours. */
export function isAsWanted({ files }: AgentFacts, wanted: NodeFile): boolean {
  const found = files.get(wanted.path);
  if (found?.kind !== 'file') return false;
  const { sha256, owner, group, mode } = found.file;
  return sha256 === wanted.sha256 && owner === wanted.owner && group === wanted.group && mode === wanted.mode;
}

function outcomeOf({ timer }: AgentFacts, check: AgentCheck): string {
  const newest = (check.guests ?? []).flatMap(({ success }) => success ?? []).toSorted((a, b) => +b - +a)[0];
  const [made, failed, skipped] = (check.last?.outcome ?? '').split('/');
  return [
    ...(check.valid ? [] : ['its configuration is damaged: it does nothing']),
    ...(timer.active ? [] : ['its timer does not run']),
    ...(check.guests === undefined ? ['it cannot tell which guests there are'] : []),
    ...(check.running ? ['at work now'] : []),
    ...(skipped === undefined
      ? []
      : [`last look: ${made} made, ${failed} failed, ${skipped} waited in vain`]),
    newest === undefined ? 'no backup yet' : `newest backup ${formatUtc(newest)}`,
  ]
    .join('; ')
    .slice(0, 500);
}
