import { z } from 'zod';
import { onOneLine } from '../../lab/plain-text.ts';
import { rowsIn } from './pve-json.ts';

const rowSchema = z.looseObject({ type: z.string(), name: z.string().min(1).max(200).optional() });

/** `pvesh get /cluster/status`: the cluster's name; `none` for a node that is in none, `undefined` when it is not known. */
export function clusterNameIn(text: string): { readonly name: string } | 'none' | undefined {
  const found = rowsIn(text, rowSchema, 1000);
  if (found === undefined || found.unread > 0) return undefined;
  const name = onOneLine(found.rows.find(({ type }) => type === 'cluster')?.name ?? '', 63);
  return name === '' ? 'none' : { name };
}

/** `pve-manager/8.2.4/faa83925c9641325 (running kernel: 6.8.8-2-pve)`. */
export function versionIn(text: string): string | undefined {
  const line = text.split('\n').find((said) => said.startsWith('pve-manager/'));
  return line === undefined ? undefined : onOneLine(line.split('/')[1] ?? '', 40);
}
