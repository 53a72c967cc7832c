import { useEffect, useState } from 'react';
import { formatAge, formatTime } from '../text/format.ts';

const dayMs = 86_400_000;

/** A time as its age, the exact time on hover. What is older than `oldAfterDays` looks old and says so. */
export function Age({ time, oldAfterDays }: { time: string; oldAfterDays?: number }) {
  const now = useMinute();
  const then = new Date(time);
  const old = oldAfterDays !== undefined && now.getTime() - then.getTime() > oldAfterDays * dayMs;
  return (
    <time dateTime={time} title={formatTime(then)} className={old ? 'age age-old' : 'age'}>
      {formatAge(then, now)}
      {old && ', old'}
    </time>
  );
}

/** The time, renewed twice a minute: ages on a page that stays open go on growing. */
function useMinute(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
