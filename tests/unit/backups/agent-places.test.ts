import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { agentPaths, olderUnits } from '../../../electron/services/backups/agent/agent-words.ts';

const program = readFileSync(
  new URL('../../../resources/backups/agent-deploy/0-backup-agent.sh', import.meta.url),
  'utf8',
);

/** The node checks each path again, in sh and without asking anybody; its list and ours must not part. */
it('the node lets a deploy of the agent write its own files, and no others', () => {
  const check = /^is_own_place\(\) \{\n(.*?)^\}/ms.exec(program)?.[1] ?? '';
  const places = [...check.matchAll(/\/[a-z./-]+/g)].map(([place]) => place);
  expect(places.toSorted()).toEqual(Object.values(agentPaths).toSorted());
});

it('the units of an older agent are the same to the plan and to the node', () => {
  expect(/^older_units='(.*)'$/m.exec(program)?.[1]?.split(' ')).toEqual([...olderUnits]);
});
