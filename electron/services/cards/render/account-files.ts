import { Problem } from '../../../../shared/problem.ts';
import type { DesiredFile, RenderInput } from './desired-entry.ts';

/** The four files of passwd(5), shadow(5), group(5) and gshadow(5); an image may lack the last. */
export const accountPaths = {
  passwd: '/etc/passwd',
  shadow: '/etc/shadow',
  group: '/etc/group',
  gshadow: '/etc/gshadow',
} as const;

/**
 * A colon-separated file as rows of fields. It is handled byte by byte as Latin-1, so that lines in any encoding, and
 * lines that are no entries, come out as they went in.
 */
export interface AccountTable {
  readonly rows: string[][];
}

export function readAccountTable(input: RenderInput, path: string): AccountTable | undefined {
  const content = input.imageEntries.get(path)?.content;
  if (content === undefined) return undefined;
  const lines = Buffer.from(content).toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { rows: lines.map((line) => line.split(':')) };
}

export function requireAccountTable(input: RenderInput, path: string): AccountTable {
  const table = readAccountTable(input, path);
  if (table !== undefined) return table;
  throw new Problem('IMAGE_LAYOUT_UNSUPPORTED', {
    what: `The root partition of the golden image ${input.nodeClass.image} has no ${path}, and users are to be added.`,
    state: 'Nothing was written.',
    next: `Check rootPartition of the image ${input.nodeClass.image} in metis/inventory.yaml.`,
  });
}

/** The row of a name; the first one counts, as for the system itself. */
export function rowOf(table: AccountTable, name: string): string[] | undefined {
  return table.rows.find((row) => row[0] === name);
}

/** The same file with other rows: its mode and owner stay as the image has them. */
export function accountFile(
  input: RenderInput,
  path: string,
  table: AccountTable,
  reason: string,
  secret: boolean,
): DesiredFile {
  const info = input.imageEntries.get(path)?.info;
  const text = table.rows.map((row) => `${row.join(':')}\n`).join('');
  return {
    kind: 'file',
    path,
    mode: (info?.mode ?? 0o644) & 0o7777,
    uid: info?.uid ?? 0,
    gid: info?.gid ?? 0,
    content: new Uint8Array(Buffer.from(text, 'latin1')),
    secret,
    reason,
  };
}

/** UTF-8 text as it stands in a Latin-1 row. */
export function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Appends a member to a comma-separated list, once. */
export function withMember(list: string | undefined, member: string): string {
  const members = (list ?? '').split(',').filter((name) => name !== '');
  return members.includes(member) ? members.join(',') : [...members, member].join(',');
}

/** Whether text of an image is a path that can be used: absolute, normalised, printable ASCII. */
export function isPlainPath(path: string): boolean {
  const parts = path.split('/').slice(1);
  return /^\/[\x21-\x7e]+$/.test(path) && parts.every((part) => part !== '' && part !== '.' && part !== '..');
}
