import { useEffect, useState } from 'react';

/** The time, renewed twice a minute: ages on a page that stays open go on growing. */
export function useMinute(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
