import { terminalText } from '../../../shared/terminal-text.ts';

export interface Column {
  readonly title: string;
  /** Numbers are read from the right. */
  readonly align?: 'left' | 'right';
}

/** Rows as aligned lines. Every cell is made safe for a terminal here; the last column is not padded. */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = [columns.map((column) => column.title), ...rows.map((row) => row.map(terminalText))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => textWidth(row[index] ?? ''))));
  return cells
    .map((row) =>
      columns
        .map((column, index) => {
          const cell = row[index] ?? '';
          const gap = ' '.repeat((widths[index] ?? 0) - textWidth(cell));
          return column.align === 'right' ? gap + cell : cell + gap;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Pairs of a label and a value, the values below each other. A value may be several lines. */
export function factsText(facts: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(0, ...facts.map(([label]) => label.length));
  return facts
    .map(([label, value]) => {
      const lines = value.split('\n').map(terminalText);
      return `  ${label.padEnd(width)}  ${lines.join(`\n${' '.repeat(width + 4)}`)}`;
    })
    .join('\n');
}

export function indent(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}

/** East Asian wide characters take two columns in a terminal, combining marks none. */
function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
