import { createHash } from 'node:crypto';
import type { NodeFile } from '../../../../shared/schemas/bridge.ts';

interface Ownership {
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly mode?: string | undefined;
}

/** A file as a node shall have it: root's, readable, and a program when it begins with `#!`, unless the design says else. */
export function designFile(
  path: string,
  bytes: Uint8Array,
  { owner, group, mode }: Ownership = {},
): NodeFile {
  const text = textOf(bytes);
  return {
    path,
    owner: owner ?? 'root',
    group: group ?? 'root',
    mode: mode ?? defaultMode(bytes),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    ...(text === undefined ? { base64: Buffer.from(bytes).toString('base64') } : { text }),
  };
}

export function defaultMode(bytes: Uint8Array): '0755' | '0644' {
  return bytes[0] === 0x23 && bytes[1] === 0x21 ? '0755' : '0644';
}

/** `undefined` for what is no text: not UTF-8, or with a NUL in it. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
