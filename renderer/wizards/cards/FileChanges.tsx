import { IconArrowRight, IconFile, IconFolder, IconLink, IconLock, IconReplace } from '@tabler/icons-react';
import type { CardChange } from '../../../shared/schemas/card.ts';
import { LabText } from '../../components/LabText.tsx';
import { formatBytes } from '../../text/format.ts';
import { groupByReason } from './group-changes.ts';
import './file-changes.css';

const kinds = {
  file: { icon: IconFile, label: 'file' },
  symlink: { icon: IconLink, label: 'symbolic link' },
  directory: { icon: IconFolder, label: 'folder' },
};

/** Everything a card gets that its golden image does not have, under the reason it is there. */
export function FileChanges({ changes }: { changes: readonly CardChange[] }) {
  if (changes.length === 0) return <p className="quiet">Nothing: the golden image as it is.</p>;
  return (
    <div className="table-scroll">
      <table className="data-table file-changes" aria-label="Files put onto the card">
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col">Marks</th>
            <th scope="col">Mode</th>
            <th scope="col">Owner</th>
            <th scope="col" className="number">
              Size
            </th>
          </tr>
        </thead>
        {groupByReason(changes).map(({ reason, members }) => (
          <tbody key={reason}>
            <tr className="change-reason">
              <th scope="rowgroup" colSpan={5}>
                <LabText text={reason.replace(/\.$/, '')} />
              </th>
            </tr>
            {members.map((change) => (
              <ChangeRow key={`${change.partition}:${change.path}`} change={change} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function ChangeRow({ change }: { change: CardChange }) {
  const { icon: Icon, label } = kinds[change.kind];
  return (
    <tr>
      <td>
        <span className="change-path">
          <Icon size={14} aria-label={label} className="quiet" />
          <span className="mono">
            {change.partition === 'boot' && <span className="quiet">boot:</span>}
            <LabText text={change.path} />
            {change.linkTarget !== undefined && (
              <span className="quiet change-link">
                <IconArrowRight size={12} aria-label="points to" /> <LabText text={change.linkTarget} />
              </span>
            )}
          </span>
        </span>
      </td>
      <td>
        <span className="change-marks">
          {change.secret && (
            <span className="change-mark">
              <IconLock size={12} aria-hidden="true" /> secret
            </span>
          )}
          {change.replaces && (
            <span className="change-mark">
              <IconReplace size={12} aria-hidden="true" /> replaces
            </span>
          )}
        </span>
      </td>
      <td className="mono">{change.kind === 'symlink' ? <span className="quiet">–</span> : change.mode}</td>
      <td className="mono">
        {change.uid}:{change.gid}
      </td>
      <td className="number">
        {change.kind === 'file' ? formatBytes(change.size) : <span className="quiet">–</span>}
      </td>
    </tr>
  );
}
