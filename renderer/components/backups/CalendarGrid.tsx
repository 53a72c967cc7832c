import { t } from '@lingui/core/macro';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';
import {
  type BackupDay,
  calendarWords,
  daySigns,
  dayStates,
  dayStateWords,
  dayWords,
  shortDay,
} from './day-words.ts';
import './calendar-grid.css';

export interface CalendarRow {
  readonly key: string;
  readonly name: ReactNode;
  readonly days: Coverage['days'];
}

interface Place {
  readonly row: number;
  readonly day: number;
}

/**
 * Backups by guest and day. One square of it is reached by Tab, and the arrow keys go from there; each says its day and what
 * was on it, and a row says how many days of each kind it has.
 */
export function CalendarGrid({ label, rows }: { label: string; rows: readonly CalendarRow[] }) {
  const last = (rows[0]?.days.length ?? 1) - 1;
  const [here, setHere] = useState<Place>({ row: 0, day: last });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const to = placeAfter(event.key, here, { rows: rows.length, days: last + 1 });
    if (to === undefined) return;
    event.preventDefault();
    setHere(to);
    event.currentTarget.querySelector<HTMLElement>(`[data-row="${to.row}"][data-day="${to.day}"]`)?.focus();
  };
  const panel = useRef<HTMLDivElement>(null);
  // Where there is no room for all of it, the newest days are what is looked for.
  useEffect(() => {
    if (panel.current) panel.current.scrollLeft = panel.current.scrollWidth;
  }, []);
  const [first] = rows;
  if (first === undefined) return null;
  return (
    <div ref={panel} className="panel calendar-panel">
      {/* A table whose cells are gone through by arrow keys is a grid (ARIA authoring practices), and HTML has no tag for one. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role */}
      <table className="calendar" role="grid" aria-label={label}>
        <thead>
          <tr>
            <th scope="col" className="calendar-name">
              <span className="sr-only">{t`Guest`}</span>
            </th>
            {first.days.map(({ day }) => (
              <th key={day} scope="col" className="calendar-head">
                <span aria-hidden="true">{dayMark(day)}</span>
                <time className="sr-only" dateTime={day}>
                  {shortDay(day)}
                </time>
              </th>
            ))}
          </tr>
        </thead>
        {/* Keys pressed on its squares. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <tbody onKeyDown={onKeyDown}>
          {rows.map((row, rowIndex) => (
            <tr key={row.key}>
              <th scope="row" className="calendar-name">
                {row.name}
                <span className="sr-only">{calendarWords(row.days)}</span>
              </th>
              {row.days.map((day, dayIndex) => (
                <Square
                  key={day.day}
                  day={day}
                  place={{ row: rowIndex, day: dayIndex }}
                  isHere={here.row === rowIndex && here.day === dayIndex}
                  onFocus={setHere}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Legend />
    </div>
  );
}

function Square(props: { day: BackupDay; place: Place; isHere: boolean; onFocus: (place: Place) => void }) {
  const { day, place } = props;
  const words = dayWords(day);
  return (
    <td
      className="calendar-day"
      data-state={day.state}
      data-row={place.row}
      data-day={place.day}
      tabIndex={props.isHere ? 0 : -1}
      aria-label={words}
      title={words}
      onFocus={() => props.onFocus(place)}
    >
      <span aria-hidden="true">{daySigns[day.state]}</span>
    </td>
  );
}

/** What the signs and colours mean. */
function Legend() {
  return (
    <ul className="calendar-legend small">
      {dayStates.map((state) => (
        <li key={state}>
          <span className="calendar-day" data-state={state} aria-hidden="true">
            {daySigns[state]}
          </span>
          {dayStateWords(state)}
        </li>
      ))}
    </ul>
  );
}

/** The number of the day on the first of a month and every week before it: enough to find one's way. */
function dayMark(day: string): string {
  const number = Number(day.slice(8));
  return number === 1 || number === 8 || number === 15 || number === 22 ? String(number) : '';
}

function placeAfter(
  key: string,
  { row, day }: Place,
  size: { rows: number; days: number },
): Place | undefined {
  const places: Record<string, Place> = {
    ArrowLeft: { row, day: day - 1 },
    ArrowRight: { row, day: day + 1 },
    ArrowUp: { row: row - 1, day },
    ArrowDown: { row: row + 1, day },
    Home: { row, day: 0 },
    End: { row, day: size.days - 1 },
  };
  const to = places[key];
  const isInside = to && to.row >= 0 && to.row < size.rows && to.day >= 0 && to.day < size.days;
  return isInside ? to : undefined;
}
