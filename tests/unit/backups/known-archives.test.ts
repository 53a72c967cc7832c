import { expect, test } from 'vitest';
import { knownArchives } from '../../../electron/services/backups/archives/known-archives.ts';
import { archivesOf, guestOf, hour, iso, manifestOf, recordOf } from '../../rig/backups/made-backups.ts';

const at = Date.UTC(2026, 10, 20, 2, 30);
const guest = guestOf(100);
const record = recordOf(guest, at, { copies: [] });
const id = `storage:nas#${record.archive}`;

test.each([
  ['pruned, and gone since', { prunedAt: iso(at + 5 * hour) }, [], false],
  ['pruned since it was listed', { prunedAt: iso(at + 5 * hour) }, archivesOf(record), false],
  [
    'begun to be pruned since it was listed',
    { pruneStartedAt: iso(at + 5 * hour) },
    archivesOf(record),
    false,
  ],
  ['said to be pruned, and listed later', { prunedAt: iso(at + hour) }, archivesOf(record), true],
  [
    'said to be pruned, and carried over from an earlier list',
    { prunedAt: iso(at + hour) },
    archivesOf(record, { seenAt: iso(at) }),
    false,
  ],
])('an archive that was %s', (_what, pruned, archives, isKnown) => {
  const manifest = manifestOf(at + 3 * hour, { guests: [guest], archives });
  const known = knownArchives(manifest, [{ ...record, ...pruned }]);
  expect(known.has(id)).toBe(isKnown);
  if (isKnown) expect(known.get(id)?.record?.id).toBe(record.id);
});
