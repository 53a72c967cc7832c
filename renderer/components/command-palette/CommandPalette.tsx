import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import {
  type ChangeEvent,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { formatCount } from '../../text/format.ts';
import { ProblemText } from '../ProblemText.tsx';
import { paletteEntries, type PaletteEntry } from './entries.ts';
import { findEntries, type FoundGroup } from './match.ts';
import { PaletteResults } from './PaletteResults.tsx';
import { goToDestination } from './go-to-destination.ts';

/**
 * One text field over the list of everything there is to go to, as WAI-ARIA's editable combobox with a list: the focus
 * stays in the field, the arrow keys move the active option, Enter goes there, Escape leaves everything as it was.
 */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const listId = useId();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const { entries, state } = useEntries();
  const groups = useMemo(() => findEntries(query, entries), [query, entries]);
  const shown = useMemo(() => groups.flatMap((group) => group.entries), [groups]);
  // What the host reports may shorten the list under the active option.
  const position = Math.min(active, shown.length - 1);
  const optionId = (index: number) => `${listId}-${index}`;
  const activeId = shown.length > 0 ? optionId(position) : undefined;

  // As a modal dialog of the browser's own: what is behind it is inert, and the focus goes back when it closes.
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (activeId !== undefined) document.getElementById(activeId)?.scrollIntoView({ block: 'nearest' });
  }, [activeId]);

  const choose = (entry: PaletteEntry) => {
    dialog.current?.close();
    goToDestination(entry.destination);
  };
  const typed = (event: ChangeEvent<HTMLInputElement>) => {
    setQuery(event.currentTarget.value);
    setActive(0);
  };
  const pressed = (event: KeyboardEvent<HTMLInputElement>) => {
    // Enter and the arrows belong to an input method while it composes a word.
    if (event.nativeEvent.isComposing) return;
    const entry = shown[position];
    if (event.key === 'Enter' && entry) choose(entry);
    else if (event.key in steps) setActive(stepped(position, steps[event.key] ?? 0, shown.length));
    else return;
    event.preventDefault();
  };

  return (
    <dialog ref={dialog} className="palette" aria-label={t`Go to`} closedby="any" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        className="palette-field"
        aria-label={t`Page, wizard, node or job`}
        aria-expanded={shown.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={activeId}
        placeholder={t`A page, a wizard, a node or a job`}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={query}
        onChange={typed}
        onKeyDown={pressed}
      />
      <PaletteResults
        listId={listId}
        groups={groups}
        position={position}
        optionId={optionId}
        onPoint={setActive}
        onChoose={choose}
      />
      <div className="palette-foot quiet small">
        <output>{announcement(groups, query)}</output>
        {state !== undefined && <span>{state}</span>}
      </div>
    </dialog>
  );
}

/** How far a key moves; the ends are joined. */
const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

function stepped(position: number, step: number, length: number): number {
  return length === 0 ? 0 : (position + step + length) % length;
}

function useEntries(): { entries: readonly PaletteEntry[]; state: ReactNode } {
  const { query } = useApi();
  const nodes = useQuery(query.cards.nodes.queryOptions());
  const jobs = useQuery(query.jobs.list.queryOptions());
  const entries = useMemo(() => paletteEntries(nodes.data ?? [], jobs.data ?? []), [nodes.data, jobs.data]);
  const failed = [nodes, jobs].find((one) => one.isError);
  if (failed) return { entries, state: <ProblemText problem={problemOf(failed.error)} part="what" /> };
  const pending = nodes.isPending || jobs.isPending;
  return { entries, state: pending ? <Trans>Reading nodes and jobs.</Trans> : undefined };
}

function announcement(groups: readonly FoundGroup[], query: string): string {
  const total = groups.reduce((sum, group) => sum + group.total, 0);
  const shown = groups.reduce((sum, group) => sum + group.entries.length, 0);
  const asked = query.trim();
  if (total === 0) return t`Nothing is called “${asked}”.`;
  const all = formatCount(total);
  if (shown === total) return plural(total, { one: `${all}\u00a0result`, other: `${all}\u00a0results` });
  const some = formatCount(shown);
  return t`${some} of ${all}\u00a0results. Type more to see the others.`;
}
