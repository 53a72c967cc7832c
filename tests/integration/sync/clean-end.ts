import { readdirSync } from 'node:fs';
import { expect } from 'vitest';

/** No temporary of a copy is left anywhere below a root. */
export function cleanEnd(root: string): void {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  expect(names.filter((name) => name.includes('.sifaka-tmp-'))).toEqual([]);
}
