import { createHash } from 'node:crypto';
import type { KeySummary } from '../../../shared/contract/nodes.ts';
import { type HostKeyType, hostKeyTypeSchema } from '../../../shared/schemas/host-keys.ts';

/** A public key as it goes over the wire (RFC 4253, 6.6), and the type that it begins with. */
export interface HostKey {
  readonly type: HostKeyType;
  readonly blob: Buffer;
}

/** `undefined` for what is no key, or one of a type that is never asked for. */
export function hostKeyOf(blob: Buffer): HostKey | undefined {
  const type = hostKeyTypeSchema.safeParse(keyTypeOf(blob));
  return type.success ? { type: type.data, blob } : undefined;
}

/** The type a key's blob begins with, whatever that is. */
export function keyTypeOf(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length <= 4 + length) return undefined;
  return blob.toString('latin1', 4, 4 + length);
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

export function keySummary({ type, blob }: HostKey): KeySummary {
  return { type, fingerprint: fingerprintOf(blob) };
}

export function includesKey(keys: readonly HostKey[], key: HostKey): boolean {
  return keys.some((other) => other.blob.equals(key.blob));
}

/** The algorithms of RFC 8332 for RSA: an `ssh-rsa` signature would be of SHA-1. */
const algorithms = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const satisfies Record<HostKeyType, readonly string[]>;

/**
 * What is asked of a host: a key of a type that is trusted for it, or of any. Asking for others too would let a host that
 * has a second key look like one whose key was changed.
 */
export function algorithmsFor(trusted: readonly HostKey[]): HostKeyAlgorithm[] {
  return trusted.length > 0 ? algorithmsOf(trusted.map(({ type }) => type)) : anyAlgorithm([]);
}

/** Any type, those that are trusted first: what is looked at should be what can be compared. */
export function anyAlgorithm(trusted: readonly HostKey[]): HostKeyAlgorithm[] {
  return algorithmsOf([...trusted.map(({ type }) => type), ...hostKeyTypeSchema.options]);
}

type HostKeyAlgorithm = (typeof algorithms)[HostKeyType][number];

function algorithmsOf(types: readonly HostKeyType[]): HostKeyAlgorithm[] {
  return [...new Set(types.flatMap((type) => [...algorithms[type]]))];
}
