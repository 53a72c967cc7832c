// No element of HTML is a listbox that leaves the focus in a text field.
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
import { t } from '@lingui/core/macro';
import { LabText } from '../LabText.tsx';
import { PageWords } from '../PageWords.tsx';
import { ServiceText } from '../ServiceText.tsx';
import type { PaletteEntry, PaletteGroup } from './entries.ts';
import type { FoundGroup } from './match.ts';
import { shortText } from './short-text.ts';

/** A name longer than this is no name; more of it is on the page it leads to. */
const longestLabel = 80;
const longestDetail = 60;

const groupNames = (): Record<PaletteGroup, string> => ({
  pages: t`Pages`,
  wizards: t`Wizards`,
  nodes: t`Nodes`,
  jobs: t`Jobs`,
});

/** The options of the palette's combobox, by kind; `position` counts through all of them. */
export function PaletteResults(props: {
  listId: string;
  groups: readonly FoundGroup[];
  position: number;
  optionId: (index: number) => string;
  onPoint: (index: number) => void;
  onChoose: (entry: PaletteEntry) => void;
}) {
  const names = groupNames();
  const shown = props.groups.flatMap((group) => group.entries);
  return (
    <div id={props.listId} role="listbox" aria-label={t`Results`} className="palette-list">
      {props.groups.map(({ group, entries }) => (
        <div key={group} role="group" aria-label={names[group]} className="palette-group">
          <div aria-hidden="true" className="palette-group-name quiet small">
            {names[group]}
          </div>
          {entries.map((entry) => (
            <PaletteOption
              key={entry.id}
              id={props.optionId(shown.indexOf(entry))}
              entry={entry}
              active={entry === shown[props.position]}
              onPoint={() => props.onPoint(shown.indexOf(entry))}
              onChoose={() => props.onChoose(entry)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

function PaletteOption(props: {
  id: string;
  entry: PaletteEntry;
  active: boolean;
  onPoint: () => void;
  onChoose: () => void;
}) {
  const { entry } = props;
  const label = shortText(entry.label, longestLabel);
  return (
    // The field keeps the focus and takes the keys; a pointer is the other way to an option.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={props.id}
      role="option"
      aria-selected={props.active}
      className="palette-option"
      onPointerMove={props.onPoint}
      onMouseDown={(event) => event.preventDefault()}
      onClick={props.onChoose}
    >
      <span className="palette-label">
        {entry.group === 'jobs' ? <ServiceText text={label} /> : <PageWords text={label} />}
      </span>
      {entry.detail !== undefined && entry.detail !== '' && (
        <span className="palette-detail small">
          <LabText text={shortText(entry.detail, longestDetail)} />
        </span>
      )}
    </div>
  );
}
