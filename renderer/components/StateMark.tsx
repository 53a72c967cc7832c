import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconPlayerPlay,
  type TablerIcon,
} from '@tabler/icons-react';
import type { JobSummary } from '../../shared/schemas/job.ts';
import { LabText } from './LabText.tsx';
import './state-mark.css';

export type MarkState = 'ok' | 'warning' | 'danger' | 'running' | 'none' | 'stopped';

const icons: Record<MarkState, TablerIcon> = {
  ok: IconCircleCheck,
  warning: IconAlertTriangle,
  danger: IconCircleX,
  running: IconPlayerPlay,
  none: IconCircleDashed,
  stopped: IconBan,
};

/** A state as icon, word and colour; never colour alone. */
export function StateMark({ state, label }: { state: MarkState; label: string }) {
  const Icon = icons[state];
  return (
    <span className={`state-mark state-${state}`}>
      <Icon size={16} stroke={2} aria-hidden="true" />
      <span>
        <LabText text={label} />
      </span>
    </span>
  );
}

const jobStates: Record<JobSummary['state'], { state: MarkState; label: string }> = {
  running: { state: 'running', label: 'Running' },
  done: { state: 'ok', label: 'Done' },
  failed: { state: 'danger', label: 'Failed' },
  cancelled: { state: 'stopped', label: 'Cancelled' },
  'cut-off': { state: 'warning', label: 'Cut off' },
};

export function JobStateMark({ state }: { state: JobSummary['state'] }) {
  return <StateMark {...jobStates[state]} />;
}
