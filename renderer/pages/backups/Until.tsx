import { useMinute } from '../../components/use-minute.ts';
import { formatTime, formatUntil } from '../../text/format.ts';

/** A time that comes, as how long until then; the exact time on hover. */
export function Until({ time }: { time: string }) {
  const now = useMinute();
  const then = new Date(time);
  return (
    <time dateTime={time} title={formatTime(then)} className="age">
      {formatUntil(then, now)}
    </time>
  );
}
