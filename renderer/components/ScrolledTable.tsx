import type { ReactNode } from 'react';
import './data-table.css';

/** Around a table in which nothing can be reached by Tab: it is reached itself, so that the arrow keys scroll it. */
export function ScrolledTable(props: { label: string; className?: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={`table-scroll ${props.className ?? ''}`} aria-label={props.label} tabIndex={0}>
      {props.children}
    </section>
  );
}
