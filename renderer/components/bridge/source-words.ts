import { t } from '@lingui/core/macro';
import type { BridgeSource, DeploySummary } from '../../../shared/schemas/bridge.ts';
import type { MarkState } from '../StateMark.tsx';

/** Of a deploy's id, enough to tell it from the others. */
export function shortDeploy(id: string): string {
  return id.slice(0, 8);
}

/** What is deployed, as a part of a sentence. */
export function sourceWords(source: BridgeSource): string {
  if (source.kind === 'design') return source.name;
  const deploy = shortDeploy(source.id);
  return source.state === 'after' ? t`what deploy ${deploy} put in place` : t`what deploy ${deploy} found`;
}

/** How a deploy stands. `isRunning`: its job still runs; one that started and does not run any more was cut off. */
export function deployWords(state: DeploySummary['state'], isRunning: boolean): string {
  const words: Record<DeploySummary['state'], string> = {
    started: isRunning ? t`Running` : t`Cut off`,
    confirmed: t`Confirmed`,
    'rolled-back': t`Taken back`,
    split: t`Split`,
  };
  return words[state];
}

export function deployMark(state: DeploySummary['state'], isRunning: boolean): MarkState {
  const marks: Record<DeploySummary['state'], MarkState> = {
    started: isRunning ? 'running' : 'warning',
    confirmed: 'ok',
    'rolled-back': 'stopped',
    split: 'danger',
  };
  return marks[state];
}

type NodeState = DeploySummary['nodes'][number]['state'];

/** What became of one node of a deploy. */
export function nodeStateWords(state: NodeState): string {
  const words: Record<NodeState, string> = {
    started: t`not ended`,
    new: t`new state`,
    old: t`as before`,
    unknown: t`not known`,
  };
  return words[state];
}

export const nodeStateMark: Record<NodeState, MarkState> = {
  started: 'warning',
  new: 'ok',
  old: 'stopped',
  unknown: 'danger',
};
