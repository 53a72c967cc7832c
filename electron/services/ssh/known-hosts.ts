import { createHmac } from 'node:crypto';
import { type HostKey, hostKeyOf, includesKey } from './host-key.ts';
import { matchesPattern } from './host-pattern.ts';

/**
 * The keys that a text in OpenSSH's known_hosts format (sshd(8)) has for any of these names; a port other than 22 is part
 * of a name there, as in `[10.0.0.1]:2222`. Hashed names are understood. A key that is `@revoked` for one of the names is
 * not among them; certificate authorities are not keys of a host.
 */
export function knownHostKeys(text: string, names: readonly string[]): HostKey[] {
  const keys: HostKey[] = [];
  const revoked: HostKey[] = [];
  for (const line of text.split(/\r?\n/)) {
    const fields = line.trim().split(/[ \t]+/);
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [patterns = '', type = '', blob = ''] = fields;
    if (patterns.startsWith('#') || (marker !== undefined && marker !== '@revoked')) continue;
    const key = hostKeyOf(Buffer.from(blob, 'base64'));
    if (key === undefined || key.type !== type || !names.some((name) => isFor(patterns, name))) continue;
    (marker === undefined ? keys : revoked).push(key);
  }
  return keys.filter(
    (key, index) =>
      !includesKey(revoked, key) && keys.findIndex((other) => other.blob.equals(key.blob)) === index,
  );
}

/** How known_hosts names a host. */
export function knownHostsName(address: string, port: number): string {
  return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
}

function isFor(patterns: string, name: string): boolean {
  const hashed = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(patterns);
  if (hashed === null) return matchesPattern(patterns.split(','), [name]);
  const [, salt = '', digest = ''] = hashed;
  // HMAC-SHA1 is the format's own; it only hides names.
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest;
}
