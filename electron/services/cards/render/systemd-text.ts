import { inventoryMistake } from './desired-entry.ts';

/**
 * The name of a unit for a path, as `systemd-escape --path` makes it (systemd.unit(5), "String Escaping for Inclusion in
 * Unit Names"): leading, trailing and repeated slashes go, `/` becomes `-`, everything but ASCII letters, digits and
 * `:_.` becomes `\xHH` byte by byte, and so does a leading dot.
 */
export function escapeUnitPath(path: string): string {
  const trimmed = path
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  if (trimmed === '') return '-';
  let escaped = '';
  for (const [index, byte] of Buffer.from(trimmed, 'utf8').entries()) {
    const character = String.fromCharCode(byte);
    if (character === '/') escaped += '-';
    else if (/[A-Za-z0-9:_]/.test(character) || (character === '.' && index > 0)) escaped += character;
    else escaped += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

/** A value for a setting that takes the rest of the line and expands specifiers (`Where=`, `Description=`): `%` is doubled. */
export function unitValue(value: string): string {
  return value.replaceAll('%', '%%');
}

/**
 * The program of an `ExecStart=`: quoted, specifiers doubled. The program's own path is not subject to `$` expansion
 * (systemd.service(5), "Command lines").
 */
export function unitProgram(path: string): string {
  return `"${unitValue(path).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * Refuses a path that a unit file cannot carry whole: unit files trim blanks at the ends, continue a line after a
 * backslash, and know no quotes in `Where=`.
 */
export function requireUnitPath(path: string, what: string): void {
  if (/[\\"']/.test(path) || path !== path.trim()) {
    throw inventoryMistake(
      `${what} is ${JSON.stringify(path)}, which a systemd unit cannot carry.`,
      'Use a path without quotes, backslashes and blanks at its end.',
    );
  }
}

/** Where a unit that is part of a target is linked: what `systemctl enable` does. */
export function wantedBy(target: string, unit: string): { path: string; linkTarget: string } {
  return { path: `/etc/systemd/system/${target}.wants/${unit}`, linkTarget: `/etc/systemd/system/${unit}` };
}
