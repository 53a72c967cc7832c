import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffRow, sideBySide } from '../../../renderer/wizards/bridge/side-by-side.ts';

/** As it would be read: `-` before, `+` after, `~` both, and how many equal lines are left out. */
function read(rows: readonly DiffRow[]): string[] {
  return rows.map((row) => {
    if (row.kind === 'left-out') return `… ${row.count}`;
    if (row.kind === 'same') return `${row.before.number}=${row.after.number} ${row.after.text}`;
    if (row.kind === 'changed') return `~ ${row.before.text} → ${row.after.text}`;
    return row.kind === 'removed' ? `- ${row.before.text}` : `+ ${row.after.text}`;
  });
}

const lines = (count: number, name = 'line') =>
  Array.from({ length: count }, (_, index) => `${name} ${index + 1}\n`).join('');

describe('two versions of a file beside each other', () => {
  it('has a changed line in one row, and what is only on one side in a row of its own', () => {
    const rows = sideBySide('auto lo\nmtu 1500\nold\n', 'auto lo\nmtu 65520\n');
    expect(read(rows)).toEqual(['1=1 auto lo', '~ mtu 1500 → mtu 65520', '- old']);
    expect(read(sideBySide('a\nc\n', 'a\nb\nc\n'))).toEqual(['1=1 a', '+ b', '2=3 c']);
  });

  it('is all new where there was no file, and all gone where there will be none', () => {
    expect(read(sideBySide(undefined, 'a\nb\n'))).toEqual(['+ a', '+ b']);
    expect(read(sideBySide('a\n', undefined))).toEqual(['- a']);
    expect(sideBySide('', undefined)).toEqual([]);
  });

  it('leaves out what is equal and far from any difference, and says how much', () => {
    const before = `${lines(20)}mtu 1500\n${lines(20, 'more')}`;
    const rows = read(sideBySide(before, before.replace('1500', '65520')));
    expect(rows).toEqual([
      '… 17',
      '18=18 line 18',
      '19=19 line 19',
      '20=20 line 20',
      '~ mtu 1500 → mtu 65520',
      '22=22 more 1',
      '23=23 more 2',
      '24=24 more 3',
      '… 17',
    ]);
  });

  it('gives up on files that have nothing in common, and shows both whole', () => {
    const rows = sideBySide(lines(3_000, 'old'), lines(3_000, 'new'));
    expect(rows).toHaveLength(3_000);
    expect(rows[0]).toEqual({
      kind: 'changed',
      before: { number: 1, text: 'old 1' },
      after: { number: 1, text: 'new 1' },
    });
  });

  it('counts every line of both sides once, whatever they are', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '', 'mtu 65520'), { maxLength: 30 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const rows = sideBySide(
          before.map((one) => `${one}\n`).join(''),
          after.map((one) => `${one}\n`).join(''),
        );
        const left = rows.flatMap((row) => (row.kind === 'left-out' ? [] : (row.before?.number ?? [])));
        const right = rows.flatMap((row) => (row.kind === 'left-out' ? [] : (row.after?.number ?? [])));
        const skipped = rows.reduce((sum, row) => sum + (row.kind === 'left-out' ? row.count : 0), 0);
        expect([left.length + skipped, right.length + skipped]).toEqual([before.length, after.length]);
        expect(left).toEqual(left.toSorted((a, b) => a - b));
      }),
    );
  });
});
