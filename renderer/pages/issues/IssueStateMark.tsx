import { t } from '@lingui/core/macro';
import type { IssueSummary } from '../../../shared/contract/issues.ts';
import { type MarkState, StateMark } from '../../components/StateMark.tsx';

const marks: Record<IssueSummary['state'], MarkState> = { open: 'warning', closed: 'ok', unknown: 'none' };

const words = (): Record<IssueSummary['state'], string> => ({
  open: t({ message: 'open', context: 'issue' }),
  closed: t({ message: 'closed', context: 'issue' }),
  unknown: t`not known`,
});

export function IssueStateMark({ issue: { state } }: { issue: Pick<IssueSummary, 'state'> }) {
  return <StateMark state={marks[state]} label={words()[state]} />;
}
