import { useQuery } from '@tanstack/react-query';
import { type ChangeEvent, type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { formatCount, formatQuantity } from '../../text/format.ts';
import { LabText } from '../LabText.tsx';
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
    <dialog ref={dialog} className="palette" aria-label="Go to" closedby="any" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        className="palette-field"
        aria-label="Page, wizard, node or job"
        aria-expanded={shown.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={activeId}
        placeholder="A page, a wizard, a node or a job"
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
        {state !== undefined && (
          <span>
            <LabText text={state} />
          </span>
        )}
      </div>
    </dialog>
  );
}

/** How far a key moves; the ends are joined. */
const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

function stepped(position: number, step: number, length: number): number {
  return length === 0 ? 0 : (position + step + length) % length;
}

function useEntries(): { entries: readonly PaletteEntry[]; state: string | undefined } {
  const { query } = useApi();
  const nodes = useQuery(query.cards.nodes.queryOptions());
  const jobs = useQuery(query.jobs.list.queryOptions());
  const entries = useMemo(() => paletteEntries(nodes.data ?? [], jobs.data ?? []), [nodes.data, jobs.data]);
  const failed = [nodes, jobs].find((one) => one.isError);
  if (failed) return { entries, state: problemOf(failed.error).what };
  return { entries, state: nodes.isPending || jobs.isPending ? 'Reading nodes and jobs.' : undefined };
}

function announcement(groups: readonly FoundGroup[], query: string): string {
  const total = groups.reduce((sum, group) => sum + group.total, 0);
  const shown = groups.reduce((sum, group) => sum + group.entries.length, 0);
  if (total === 0) return `Nothing is called “${query.trim()}”.`;
  if (shown === total) return formatQuantity(total, 'result');
  return `${formatCount(shown)} of ${formatQuantity(total, 'result')}. Type more to see the others.`;
}
