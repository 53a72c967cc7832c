import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconClock } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Lane } from '../../shared/progress.ts';
import { LabText } from '../components/LabText.tsx';
import { ServiceText } from '../components/ServiceText.tsx';
import { type MarkState, StateMark } from '../components/StateMark.tsx';
import { secondsLeft } from './lanes.ts';
import './lanes.css';

const marks: Record<Lane['state'], MarkState> = {
  waiting: 'none',
  running: 'running',
  armed: 'running',
  proven: 'ok',
  done: 'ok',
  'taken-back': 'stopped',
  failed: 'danger',
};

function laneWords(state: Lane['state']): string {
  const words: Record<Lane['state'], string> = {
    waiting: t`Waits`,
    running: t`Working`,
    armed: t`Armed`,
    proven: t`Proven`,
    done: t`Done`,
    'taken-back': t`Taken back`,
    failed: t`Failed`,
  };
  return words[state];
}

/** One lane for each thing that a job works on: how it stands, what is done there, how long until it goes back by itself. */
export function Lanes({ label: of, lanes }: { label: string; lanes: readonly Lane[] }) {
  const now = useSecond(lanes.some(({ deadline }) => deadline !== undefined));
  return (
    <ol className="panel lanes" aria-label={of}>
      {lanes.map(({ name, state, label, deadline }) => (
        <li key={name} className="lane" data-state={state}>
          <strong className="lane-name">
            <LabText text={name} />
          </strong>
          <StateMark state={marks[state]} label={laneWords(state)} />
          <span className="lane-label">
            <ServiceText text={label} />
          </span>
          <span className="lane-clock">
            {deadline !== undefined && <Countdown seconds={secondsLeft(deadline, now)} />}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Countdown({ seconds }: { seconds: number }) {
  // It changes every second, which nobody wants to be told.
  return (
    <span role="timer" aria-live="off" className="countdown">
      <IconClock size={14} aria-hidden="true" />
      <span>
        {seconds > 0 ? (
          <Trans>
            goes back by itself in <strong>{seconds}</strong> s
          </Trans>
        ) : (
          <Trans>goes back now</Trans>
        )}
      </span>
    </span>
  );
}

/** The time, renewed every second while `isNeeded`. */
function useSecond(isNeeded: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isNeeded) return undefined;
    const tick = () => setNow(Date.now());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [isNeeded]);
  return now;
}
