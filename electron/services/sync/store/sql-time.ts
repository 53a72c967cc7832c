/** A time as both databases keep it: UTC, to the millisecond, without a zone; such texts sort as the times do. */
export function sqlTime(time: Date): string {
  return time.toISOString().replace('T', ' ').replace('Z', '');
}

/** The same of an RFC 3339 time. One that was written by toISOString is taken as it is, which is much faster. */
export function sqlTimeOf(timestamp: string): string {
  if (timestamp.length === 24 && timestamp.endsWith('Z'))
    return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 23)}`;
  return sqlTime(new Date(timestamp));
}

/** The RFC 3339 form of a stored time. */
export function timeFromSql(text: string): string {
  const [, day = '', clock = '', fraction = ''] = /^(\S+)[ T]([\d:]+)(?:\.(\d+))?$/.exec(text) ?? [];
  return `${day}T${clock}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
