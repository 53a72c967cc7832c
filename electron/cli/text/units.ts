import { formatAge, formatTime, formatUtc } from '../../../shared/quantities.ts';

/** A time with its age: `2026-01-31 14:05:09 (3 hours ago)`, in the zone of this machine. */
export function timeText(timestamp: string, now: Date): string {
  const time = new Date(timestamp);
  return `${formatTime(time)} (${formatAge(time, now)})`;
}

/** The same for every machine: `2026-01-31 13:05 UTC (3 hours ago)`. For what several machines or a service write down. */
export function utcText(timestamp: string, now: Date): string {
  const time = new Date(timestamp);
  return `${formatUtc(time)} (${formatAge(time, now)})`;
}

const factors: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  kib: 1024,
  kb: 1e3,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  mb: 1e6,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  gb: 1e9,
  t: 1024 ** 4,
  tib: 1024 ** 4,
  tb: 1e12,
};

/** Bytes of `128MiB`, `32 GB` (card makers' 10⁹), `4G` (as truncate and qemu-img: binary); `undefined` if it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-z]{0,3})$/i.exec(text.trim());
  const factor = factors[match?.[2]?.toLowerCase() || 'b'];
  if (!match?.[1] || factor === undefined) return undefined;
  const bytes = Math.floor(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
