import { t } from '@lingui/core/macro';
import type { BridgeRisk, FileChange, LiveChange } from '../../../shared/schemas/bridge.ts';
import type { MarkState } from '../../components/StateMark.tsx';

export function riskWords(risk: BridgeRisk): string {
  const words: Record<BridgeRisk, string> = {
    none: t`No risk: nothing changes`,
    reload: t`Reload only: links stay up`,
    'link-flap': t`Links of the bridge go down for a moment`,
    'may-cut-management': t`May cut the connection to this node`,
  };
  return words[risk];
}

export const riskMark: Record<BridgeRisk, MarkState> = {
  none: 'ok',
  reload: 'ok',
  'link-flap': 'warning',
  'may-cut-management': 'danger',
};

export function actionWords(action: FileChange['action']): string {
  const words: Record<FileChange['action'], string> = {
    create: t`is created`,
    replace: t`is replaced`,
    remove: t`is removed`,
    permissions: t`gets other permissions`,
  };
  return words[action];
}

export function liveWords(what: LiveChange['what']): string {
  const words: Record<LiveChange['what'], string> = {
    exists: t`interface`,
    mtu: t`MTU`,
    stp: t`STP`,
    port: t`port of`,
    address: t`address`,
    up: t`state`,
  };
  return words[what];
}
