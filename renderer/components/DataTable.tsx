import { IconArrowDown, IconArrowUp, IconArrowsSort } from '@tabler/icons-react';
import {
  createFilteredRowModel,
  createSortedRowModel,
  columnFilteringFeature,
  filterFn_includesString,
  globalFilteringFeature,
  rowSortingFeature,
  type SortingState,
  sortFn_alphanumeric,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { type KeyboardEvent, type ReactNode, useMemo, useState } from 'react';
import './data-table.css';

const features = tableFeatures({
  columnFilteringFeature,
  globalFilteringFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
  filterFns: { includesString: filterFn_includesString },
  sortFns: { alphanumeric: sortFn_alphanumeric },
});

export interface TableColumn<Row> {
  readonly id: string;
  /** Never empty: a screen reader names it with every cell. */
  readonly header: string;
  /** For eyes its cells speak for themselves. */
  readonly headerHidden?: boolean;
  /** What it is sorted and filtered by; rows without one come last. */
  readonly value?: (row: Row) => string | number | undefined;
  readonly renderCell: (row: Row) => ReactNode;
  readonly numeric?: boolean;
  /** Its text may break into lines; everything else stands on one. */
  readonly wraps?: boolean;
  /** Newest or largest first at the first click. */
  readonly descendingFirst?: boolean;
}

/**
 * A table for comparing: sortable by its headers, filtered by one text. Arrow up and down move between the rows' first
 * links, buttons or inputs; inside the row everything is reached by Tab.
 */
export function DataTable<Row extends object>(props: {
  label: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  columns: readonly TableColumn<Row>[];
  filter?: string;
  initialSort?: { id: string; desc: boolean };
  /** Marks the row as chosen. */
  isSelected?: (row: Row) => boolean;
  /** A click anywhere in the row; the keyboard's way to the same is inside the row. */
  onRowClick?: (row: Row) => void;
  empty: ReactNode;
}) {
  const [sorting, setSorting] = useState<SortingState>(props.initialSort ? [props.initialSort] : []);
  const columns = useMemo(
    () =>
      props.columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.value?.(row),
        enableSorting: column.value !== undefined,
        sortDescFirst: column.descendingFirst ?? false,
        sortUndefined: 'last' as const,
        sortFn: 'alphanumeric' as const,
      })),
    [props.columns],
  );
  const table = useTable({
    features,
    columns,
    data: props.rows,
    state: { sorting, globalFilter: props.filter ?? '' },
    onSortingChange: setSorting,
    globalFilterFn: 'includesString',
    getColumnCanGlobalFilter: () => true,
    enableSortingRemoval: false,
  });
  const rows = table.getRowModel().rows;
  return (
    <div className="table-scroll">
      <table className="data-table" aria-label={props.label}>
        <thead>
          <tr>
            {props.columns.map((column) => {
              const sorted = sorting.find((sort) => sort.id === column.id);
              return (
                <th
                  key={column.id}
                  scope="col"
                  className={column.numeric ? 'number' : undefined}
                  aria-sort={sorted ? (sorted.desc ? 'descending' : 'ascending') : undefined}
                >
                  {column.value ? (
                    <button
                      type="button"
                      className="sort-button"
                      onClick={() => table.getColumn(column.id)?.toggleSorting()}
                    >
                      {column.header}
                      <SortArrow sorted={sorted} />
                    </button>
                  ) : (
                    <span className={column.headerHidden ? 'sr-only' : undefined}>{column.header}</span>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        {/* Keys pressed on the links, buttons and inputs of its rows. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <tbody onKeyDown={moveBetweenRows}>
          {rows.map(({ original: row }) => (
            <tr
              key={props.rowKey(row)}
              data-selected={props.isSelected?.(row) || undefined}
              data-clickable={props.onRowClick ? true : undefined}
              onClick={props.onRowClick && (() => props.onRowClick?.(row))}
            >
              {props.columns.map((column) => (
                <td key={column.id} className={cellClass(column)}>
                  {column.renderCell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <div className="table-empty quiet">{props.empty}</div>}
    </div>
  );
}

function SortArrow({ sorted }: { sorted: { desc: boolean } | undefined }) {
  if (!sorted) return <IconArrowsSort size={12} aria-hidden="true" className="sort-idle" />;
  const Arrow = sorted.desc ? IconArrowDown : IconArrowUp;
  return <Arrow size={12} stroke={2.5} aria-hidden="true" />;
}

const reachable = 'a[href], button:not(:disabled), input:not(:disabled)';

/** Radio inputs move by themselves; for everything else arrow keys go from row to row. */
function moveBetweenRows(event: KeyboardEvent<HTMLTableSectionElement>) {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
  const step = steps[event.key];
  const focused = event.target;
  if (step === undefined || !(focused instanceof HTMLElement) || focused instanceof HTMLInputElement) return;
  const row = focused.closest('tr');
  const next = step > 0 ? row?.nextElementSibling : row?.previousElementSibling;
  if (!row || !next) return;
  const place = [...row.querySelectorAll<HTMLElement>(reachable)].indexOf(focused);
  const candidates = [...next.querySelectorAll<HTMLElement>(reachable)];
  const target = candidates[Math.min(place, candidates.length - 1)];
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function cellClass(column: { numeric?: boolean; wraps?: boolean }): string | undefined {
  if (column.numeric) return 'number';
  return column.wraps ? 'wraps' : undefined;
}
