import { expect, it } from 'vitest';
import { removeOnNode } from '../../../electron/services/backups/prune/remove-archive.ts';
import { Problem } from '../../../shared/problem.ts';
import { archivesOf, guestOf, recordOf } from '../../rig/backups/made-backups.ts';

const silent = new Problem('SSH_TIMED_OUT', { what: 'It does not answer.', state: '', next: '' });

it('an archive that a node which fell silent may be reading is not removed', async () => {
  const asked: string[] = [];
  const ssh = {
    run: (node: string) => {
      asked.push(node);
      if (node === 'ebony') return Promise.reject(silent);
      return Promise.resolve({
        code: 0,
        stdout: Buffer.from('removal free\nend\n'),
        stderr: Buffer.alloc(0),
      });
    },
  };
  const ways = { destinations: { toNode: (node: string) => node } };
  const [archive] = archivesOf(recordOf(guestOf(100), Date.UTC(2026, 10, 20)));
  const removal = removeOnNode({ ssh } as never, ways as never, {
    archive: archive ?? ({} as never),
    others: ['tapia', 'ebony'],
  });
  await expect(removal).rejects.toMatchObject({
    code: 'TARGET_IN_USE',
    data: { what: expect.stringContaining('ebony'), state: 'It was not removed.' },
  });
  expect(asked.toSorted()).toEqual(['ebony', 'tapia']);
});
