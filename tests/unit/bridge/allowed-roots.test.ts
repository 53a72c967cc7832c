import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { allowedRoots } from '../../../electron/services/bridge/design/design-path.ts';

/** A node checks each path again, in sh and without asking anybody; that list and ours must not part. */
it('the folders that the program on a node writes to are those that a design may have files in', () => {
  const program = readFileSync(
    new URL('../../../resources/bridge/node/0-bridge.sh', import.meta.url),
    'utf8',
  );
  const check = /^is_own_place\(\) \{\n(.*?)^\}/ms.exec(program)?.[1] ?? '';
  const roots = [...check.matchAll(/\/([a-z/.-]+)\/\?\*/g)].map(([, root]) => root);
  expect(new Set(roots)).toEqual(new Set(allowedRoots));
});
