import type { LabFinding } from '../../../shared/contract/lab.ts';
import { Problem } from '../../../shared/problem.ts';

/** A file that is read, with a note of what is in it, or with its problem. */
export async function finding(file: string, kind: string, read: () => Promise<string>): Promise<LabFinding> {
  try {
    return { file, kind, ok: true, note: await read() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { file, kind, ok: false, problem: error.toRecord() };
  }
}

/** `1 node`, `3 nodes`. */
export function count(map: object, one: string, many = `${one}s`): string {
  const amount = Object.keys(map).length;
  return `${amount} ${amount === 1 ? one : many}`;
}
