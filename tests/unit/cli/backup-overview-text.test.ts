import { describe, expect, it } from 'vitest';
import { archivesText } from '../../../electron/cli/text/backup-archives-text.ts';
import { guestText, overviewText } from '../../../electron/cli/text/backup-overview-text.ts';
import { listArchives } from '../../../electron/services/backups/overview/archive-list.ts';
import { overviewOf } from '../../../electron/services/backups/overview/overview.ts';
import { archivesOf, failedRun, guestOf, recordOf } from '../../rig/backups/made-backups.ts';
import { goodFacts } from '../backups/overview-cases.ts';

const now = new Date('2026-11-21T12:00:00Z');
const hostile = 'web\u001b[2J\u202e\nBAD  baobab/999';

/** Everything that a node, an archive or a record may say, hostile. */
function hostileFacts() {
  const facts = goodFacts(now.getTime());
  const guest = guestOf(100, { name: hostile, excludedDisks: [hostile] });
  const gone = recordOf(guestOf(150, { name: hostile }), now.getTime() - 9e8);
  const renamed = archivesOf(gone, {
    id: `storage:nas#${hostile}`,
    name: hostile,
    notes: hostile,
    standardName: false,
  });
  const failed = failedRun(guest, now.getTime() - 1000, {
    problem: { code: 'BACKUP_FAILED', what: hostile, state: hostile, next: hostile },
  });
  const problem = { code: 'SSH_UNREACHABLE', what: hostile, state: hostile, next: hostile } as const;
  const { manifest } = facts;
  return {
    ...facts,
    records: [...facts.records, gone, failed],
    manifest: {
      ...manifest,
      guests: [guest],
      archives: [...manifest.archives, ...archivesOf(gone), ...renamed],
      nodes: manifest.nodes.map((node) => Object.assign({}, node, { problem })),
      targets: [{ target: hostile, kind: 's3', state: 'unreachable', problem } as const],
    },
  };
}

describe('the backups on a terminal', () => {
  it('lets nothing of a node, an archive or a record move it, or make a line of its own', () => {
    const facts = hostileFacts();
    const overview = overviewOf(facts);
    const texts = [
      overviewText(overview, now),
      ...overview.rows.map((row) => guestText(row, now)),
      archivesText(listArchives(facts.manifest, facts.records), 50, now),
    ];
    for (const text of texts) {
      // oxlint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(text).not.toMatch(/^BAD {2}baobab\/999/m);
      expect(text).toContain('\\u{1b}');
    }
  });

  it('says of a lab that nobody looked at what to do first', () => {
    const text = overviewText(
      overviewOf({ now, manifest: undefined, records: [], policy: undefined, totals: [] }),
      now,
    );
    expect(text).toContain('sifaka backups discover');
    expect(text).toContain('backups/policy.yaml');
  });

  it('has a row for each guest, and a line for each reason of one', () => {
    const facts = goodFacts(now.getTime());
    const text = overviewText(overviewOf(facts), now);
    expect(text).toMatch(/^1 guest: 1 good\.\nThe nodes were asked /);
    expect(text).toMatch(
      /^good +baobab\/100 +guest-100 +9 hours ago +10\.0 GB +verified +known +- +in 14 h 30 min$/m,
    );
  });
});

describe('archives in a list', () => {
  it('are those that the discovery saw and those that should be there, newest first', () => {
    const facts = goodFacts(now.getTime());
    const all = listArchives(facts.manifest, facts.records);
    expect(all).toHaveLength(14);
    expect(all.map(({ at }) => at)).toEqual(
      all
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    const [first] = all;
    const without = {
      ...facts.manifest,
      archives: facts.manifest.archives.filter(({ id }) => id !== first?.id),
    };
    expect(listArchives(without, facts.records).find(({ id }) => id === first?.id)?.state).toBe('gone');
    const later = recordOf(guestOf(100), now.getTime() - 1000);
    expect(listArchives(facts.manifest, [...facts.records, later])[0]).toMatchObject({ state: 'checked' });
    const unseen = { ...without, nodes: [], targets: [] };
    expect(listArchives(unseen, facts.records).some(({ state }) => state === 'gone')).toBe(false);
  });
});
