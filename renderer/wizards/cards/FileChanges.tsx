import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconArrowRight, IconFile, IconFolder, IconLink, IconLock, IconReplace } from '@tabler/icons-react';
import type { CardChange } from '../../../shared/schemas/card.ts';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { formatBytes } from '../../text/format.ts';
import { groupByReason } from './group-changes.ts';
import './file-changes.css';

const icons = { file: IconFile, symlink: IconLink, directory: IconFolder };

function kindWords(kind: CardChange['kind']): string {
  if (kind === 'file') return t`file`;
  return kind === 'symlink' ? t`symbolic link` : t`folder`;
}

/** Everything a card gets that its golden image does not have, under the reason it is there. */
export function FileChanges({ changes }: { changes: readonly CardChange[] }) {
  if (changes.length === 0) return <p className="quiet">{t`Nothing: the golden image as it is.`}</p>;
  return (
    <div className="table-scroll">
      <table className="data-table file-changes" aria-label={t`Files put onto the card`}>
        <thead>
          <tr>
            <th scope="col">{t`Path`}</th>
            <th scope="col">{t`Marks`}</th>
            <th scope="col">{t`Mode`}</th>
            <th scope="col">{t`Owner`}</th>
            <th scope="col" className="number">
              <Trans>Size</Trans>
            </th>
          </tr>
        </thead>
        {groupByReason(changes).map(({ reason, members }) => (
          <tbody key={reason}>
            <tr className="change-reason">
              <th scope="rowgroup" colSpan={5}>
                <ServiceText text={reason.replace(/\.$/, '')} />
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
  const Icon = icons[change.kind];
  return (
    <tr>
      <td>
        <span className="change-path">
          <Icon size={14} aria-label={kindWords(change.kind)} className="quiet" />
          <span className="mono">
            {change.partition === 'boot' && <span className="quiet">boot:</span>}
            <LabText text={change.path} />
            {change.linkTarget !== undefined && (
              <span className="quiet change-link">
                <IconArrowRight size={12} aria-label={t`points to`} /> <LabText text={change.linkTarget} />
              </span>
            )}
          </span>
        </span>
      </td>
      <td>
        <span className="change-marks">
          {change.secret && (
            <span className="change-mark">
              <IconLock size={12} aria-hidden="true" /> {t`secret`}
            </span>
          )}
          {change.replaces && (
            <span className="change-mark">
              <IconReplace size={12} aria-hidden="true" /> {t`replaces`}
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
