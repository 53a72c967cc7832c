import { plural, t } from '@lingui/core/macro';
import { useMemo } from 'react';
import { LabText } from '../../components/LabText.tsx';
import { type DiffRow, type NumberedLine, sideBySide } from './side-by-side.ts';
import './file-diff.css';

/** A file as it is and as it will be, side by side; a sign before each line says what the colour says. */
export function FileDiff(props: { path: string; before: string | undefined; after: string | undefined }) {
  const { path, before, after } = props;
  const rows = useMemo(() => sideBySide(before, after), [before, after]);
  return (
    <div className="file-diff">
      <table aria-label={t`What ${path} becomes`}>
        <colgroup>
          <col className="diff-numbers" />
          <col />
          <col className="diff-numbers" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" colSpan={2}>
              {before === undefined ? t`Not there now` : t`Now`}
            </th>
            <th scope="col" colSpan={2}>
              {after === undefined ? t`Not there then` : t`Then`}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // Rows are made once from two texts: a row's place is its identity.
            // oxlint-disable-next-line react/no-array-index-key
            <Row key={index} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row }: { row: DiffRow }) {
  if (row.kind === 'left-out') {
    const { count } = row;
    return (
      <tr>
        <td colSpan={4} className="diff-left-out quiet">
          {plural(count, { one: '# equal line', other: '# equal lines' })}
        </td>
      </tr>
    );
  }
  return (
    <tr>
      <Side line={row.before} sign={row.kind === 'same' ? ' ' : '−'} />
      <Side line={row.after} sign={row.kind === 'same' ? ' ' : '+'} />
    </tr>
  );
}

function Side({ line, sign }: { line: NumberedLine | undefined; sign: string }) {
  if (!line) {
    return (
      <td colSpan={2} className="diff-nothing">
        <span className="sr-only">{t`no line`}</span>
      </td>
    );
  }
  return (
    <>
      <td className="diff-number quiet">{line.number}</td>
      <td className="diff-line mono" data-sign={sign}>
        <span className="diff-sign">{sign}</span>
        <LabText text={line.text} />
      </td>
    </>
  );
}
