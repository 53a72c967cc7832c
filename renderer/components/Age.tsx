import { t } from '@lingui/core/macro';
import { formatAge, formatTime } from '../text/format.ts';
import { useMinute } from './use-minute.ts';

const dayMs = 86_400_000;

/** A time as its age, the exact time on hover. What is older than `oldAfterDays` looks old and says so. */
export function Age({ time, oldAfterDays }: { time: string; oldAfterDays?: number }) {
  return <AgeAt time={time} now={useMinute()} {...(oldAfterDays === undefined ? {} : { oldAfterDays })} />;
}

/** The same for lists, whose rows share one clock. */
export function AgeAt({ time, now, oldAfterDays }: { time: string; now: Date; oldAfterDays?: number }) {
  const then = new Date(time);
  const age = formatAge(then, now);
  const old = oldAfterDays !== undefined && now.getTime() - then.getTime() > oldAfterDays * dayMs;
  return (
    <time dateTime={time} title={formatTime(then)} className={old ? 'age age-old' : 'age'}>
      {old ? t`${age}, old` : age}
    </time>
  );
}
