import type { ReactNode } from 'react';
import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconHelpCircle,
  IconPlayerPlay,
  type TablerIcon,
} from '@tabler/icons-react';
import type { JobSummary } from '../../shared/schemas/job.ts';
import { jobStateWords } from '../jobs/job-state-words.ts';
import { PageWords } from './PageWords.tsx';
import './state-mark.css';

export type MarkState = 'ok' | 'warning' | 'danger' | 'running' | 'none' | 'stopped' | 'unknown';

const icons: Record<MarkState, TablerIcon> = {
  ok: IconCircleCheck,
  warning: IconAlertTriangle,
  danger: IconCircleX,
  running: IconPlayerPlay,
  none: IconCircleDashed,
  stopped: IconBan,
  unknown: IconHelpCircle,
};

/** A state as icon, word and colour; never colour alone. A label that is data is given as LabText. */
export function StateMark({ state, label }: { state: MarkState; label: ReactNode }) {
  const Icon = icons[state];
  return (
    <span className={`state-mark state-${state}`}>
      <Icon size={16} stroke={2} aria-hidden="true" />
      <span>{typeof label === 'string' ? <PageWords text={label} /> : label}</span>
    </span>
  );
}

const jobMarks: Record<JobSummary['state'], MarkState> = {
  running: 'running',
  done: 'ok',
  failed: 'danger',
  cancelled: 'stopped',
  'cut-off': 'warning',
};

export function JobStateMark({ state }: { state: JobSummary['state'] }) {
  return <StateMark state={jobMarks[state]} label={jobStateWords(state)} />;
}
