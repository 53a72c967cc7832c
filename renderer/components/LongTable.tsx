import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';
import './data-table.css';
import './long-table.css';

/** CSS pixels; long-table.css has the same. */
const rowHeight = 44;
/** Above and below what is seen, so that a fast wheel finds rows there. */
const rowsBeyond = 8;

/**
 * A table of which only the rows in sight are drawn, so that ten thousand scroll as ten do. A screen reader is told how many
 * there are, and which one each row is; the list is reached by Tab and scrolled by the arrow keys.
 */
export function LongTable<Row>(props: {
  label: string;
  rows: readonly Row[];
  /** Cells of the head, `th` each. */
  head: ReactNode;
  /** How many. */
  columns: number;
  className: string;
  /** A `tr` with the class `long-row`, with its key and, as it is read out, its number. */
  renderRow: (row: Row, rowIndex: number) => ReactNode;
}) {
  const { rows, columns } = props;
  const scroller = useRef<HTMLElement>(null);
  // Its answer is read anew at every drawing, and nothing here remembers it.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: rowsBeyond,
  });
  const drawn = virtual.getVirtualItems();
  const above = drawn[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0);
  return (
    <section
      ref={scroller}
      className={`panel long-table ${props.className}`}
      aria-label={props.label}
      // Nothing in its rows can be reached by Tab, so that it is reached itself.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table className="data-table" aria-label={props.label} aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>{props.head}</tr>
        </thead>
        <tbody>
          <Space height={above} columns={columns} />
          {drawn.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : props.renderRow(row, index + 2);
          })}
          <Space height={below} columns={columns} />
        </tbody>
      </table>
    </section>
  );
}

/** In the place of rows that are not drawn. */
function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true" className="long-space">
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label */}
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
