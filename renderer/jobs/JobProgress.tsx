import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Progress } from '@mantine/core';
import { IconCheck, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { LabText } from '../components/LabText.tsx';
import { ServiceText } from '../components/ServiceText.tsx';
import { noteLines } from '../../shared/note-lines.ts';
import type { Progress as StepProgress } from '../../shared/progress.ts';
import { formatBytes, formatCount, formatDuration, formatRate, formatTime } from '../text/format.ts';
import { currentStep, type JobView } from './job-view.ts';
import './job-progress.css';

/** Progress, everywhere the same: what is being done in words, how far, how fast, how long, and the log a click away. */
export function JobProgress({ view, children }: { view: JobView; children?: ReactNode }) {
  const step = currentStep(view);
  const running = view.ended === undefined;
  const overall = view.ended?.outcome === 'done' ? 1 : (step?.overall ?? 0);
  return (
    <div className="job-progress">
      <div className="job-progress-now">
        <strong>{step ? <ServiceText text={step.label} /> : <Trans>Starting</Trans>}</strong>
        <span className="job-progress-percent">{Math.floor(overall * 100)} %</span>
      </div>
      <Progress
        value={overall * 100}
        size="md"
        radius="sm"
        transitionDuration={0}
        color={running || view.ended?.outcome === 'done' ? 'accent' : 'gray'}
        aria-label={t`The whole job`}
      />
      <dl className="job-figures">
        <Figure label={t`This step`} value={step ? amount(step) : '–'} />
        <Figure
          label={t`Rate`}
          value={running && step?.rate !== undefined ? formatRate(step.rate, step.unit) : '–'}
        />
        <Figure
          label={t`Time left`}
          value={running && step?.etaSeconds !== undefined ? formatDuration(step.etaSeconds) : '–'}
        />
      </dl>
      <SpokenProgress label={step?.label} overall={overall} running={running} />
      {children}
      <ol className="job-steps">
        {view.steps.map((one) => {
          const done = one !== step || view.ended?.outcome === 'done';
          return (
            <li key={one.step} data-done={done || undefined}>
              {done ? (
                <IconCheck size={14} aria-label={t`done`} />
              ) : (
                <IconChevronRight size={14} aria-label={t`now`} />
              )}
              <ServiceText text={one.label} />
              <span className="quiet">
                {amount(done ? { ...one, done: one.total } : one)}
                {one.unit === 'bytes' && one.rate !== undefined && `, ${formatRate(one.rate, one.unit)}`}
              </span>
            </li>
          );
        })}
      </ol>
      <details className="job-log">
        <summary>
          <Trans>Log</Trans>
        </summary>
        <ol className="small">
          {view.started && <StartedLine started={view.started} />}
          {view.notes.map((note, index) => (
            // A journal is append-only: a line's number is its identity.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index}>
              <time>{formatTime(new Date(note.at))}</time>
              {noteLines(note.text).map(({ kind, text }) => (
                <span key={text} className="job-log-line" data-kind={kind}>
                  <ServiceText text={text} />
                </span>
              ))}
            </li>
          ))}
          {view.ended && (
            <li>
              <time>{formatTime(new Date(view.ended.at))}</time> {endWords(view.ended.outcome)}
            </li>
          )}
        </ol>
      </details>
    </div>
  );
}

function StartedLine({ started }: { started: NonNullable<JobView['started']> }) {
  const { pid, host } = started.owner;
  return (
    <li>
      <time>{formatTime(new Date(started.at))}</time>{' '}
      <Trans>
        Started by process {pid} on <LabText text={host} />
      </Trans>
    </li>
  );
}

function endWords(outcome: NonNullable<JobView['ended']>['outcome']): string {
  const words: Record<typeof outcome, string> = {
    done: t`Ended: done`,
    failed: t`Ended: failed`,
    cancelled: t`Ended: stopped`,
    'cut-off': t`Ended: cut off`,
  };
  return words[outcome];
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** For screen readers: every step and every quarter, not every report. */
function SpokenProgress(props: { label: string | undefined; overall: number; running: boolean }) {
  const quarter = Math.floor(props.overall * 4) * 25;
  return (
    <p className="sr-only" aria-live="polite">
      {props.running && props.label !== undefined && (
        <Trans>
          <ServiceText text={props.label} />, {quarter} percent of the job
        </Trans>
      )}
    </p>
  );
}

function amount(step: StepProgress): string {
  // It either waits or is over; the words and the mark say which.
  if (step.unit === 'steps' && step.total <= 1) return '–';
  const format = step.unit === 'bytes' ? formatBytes : formatCount;
  const done = format(step.done);
  const total = format(step.total);
  return t`${done} of ${total}`;
}
