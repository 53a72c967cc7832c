import { diffLines } from 'diff';

/** A line of a file; `number` counts from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

/** One row of two files beside each other. A side without a line is empty there. */
export type DiffRow =
  | { readonly kind: 'same'; readonly before: NumberedLine; readonly after: NumberedLine }
  | { readonly kind: 'changed'; readonly before: NumberedLine; readonly after: NumberedLine }
  | { readonly kind: 'removed'; readonly before: NumberedLine; readonly after?: undefined }
  | { readonly kind: 'added'; readonly before?: undefined; readonly after: NumberedLine }
  /** So many equal lines, which are left out. */
  | { readonly kind: 'left-out'; readonly count: number };

/** Equal lines that are kept around a difference. */
const context = 3;

/** Beyond it two files have nothing to do with each other, and finding that out takes long. */
const mostEdits = 1_000;

/** Two versions of a text, line by line beside each other; `undefined` is a file that is not there. */
export function sideBySide(before: string | undefined, after: string | undefined): DiffRow[] {
  const changes = diffLines(before ?? '', after ?? '', { maxEditLength: mostEdits }) ?? [
    { value: before ?? '', removed: true, added: false },
    { value: after ?? '', removed: false, added: true },
  ];
  const rows: DiffRow[] = [];
  let left = 0;
  let right = 0;
  let taken: string[] = [];
  const flush = (put: readonly string[]) => {
    for (let index = 0; index < Math.max(taken.length, put.length); index += 1) {
      const old = taken[index];
      const fresh = put[index];
      if (old !== undefined && fresh !== undefined) {
        rows.push({ kind: 'changed', before: line(++left, old), after: line(++right, fresh) });
      } else if (old !== undefined) rows.push({ kind: 'removed', before: line(++left, old) });
      else if (fresh !== undefined) rows.push({ kind: 'added', after: line(++right, fresh) });
    }
    taken = [];
  };
  for (const change of changes) {
    const lines = linesOf(change.value);
    if (change.removed) taken = lines;
    else if (change.added) flush(lines);
    else {
      flush([]);
      for (const text of lines) {
        rows.push({ kind: 'same', before: line(++left, text), after: line(++right, text) });
      }
    }
  }
  flush([]);
  return withoutLongSame(rows);
}

const line = (number: number, text: string): NumberedLine => ({ number, text });

function linesOf(value: string): string[] {
  if (value === '') return [];
  return value.replace(/\n$/, '').split('\n');
}

/** Leaves out what is equal and further than a few lines from any difference. */
function withoutLongSame(rows: readonly DiffRow[]): DiffRow[] {
  const near = rows.map((_, index) =>
    rows.slice(Math.max(0, index - context), index + context + 1).some(({ kind }) => kind !== 'same'),
  );
  const kept: DiffRow[] = [];
  for (const [index, row] of rows.entries()) {
    const last = kept.at(-1);
    if (near[index]) kept.push(row);
    else if (last?.kind === 'left-out') kept[kept.length - 1] = { kind: 'left-out', count: last.count + 1 };
    else kept.push({ kind: 'left-out', count: 1 });
  }
  return kept;
}
