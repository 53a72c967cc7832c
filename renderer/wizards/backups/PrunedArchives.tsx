import { t } from '@lingui/core/macro';
import { memo } from 'react';
import type { PlannedArchive } from '../../../shared/schemas/backup-plans.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { LabText } from '../../components/LabText.tsx';
import { LongTable } from '../../components/LongTable.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes } from '../../text/format.ts';
import { markWords, pruneMarks, ruleWords } from './prune-words.ts';

/** Archives of one place, each with what becomes of it and why. */
export function PrunedArchives({ label, archives }: { label: string; archives: readonly PlannedArchive[] }) {
  return (
    <LongTable
      label={label}
      rows={archives}
      className="pruned-list"
      columns={4}
      head={
        <>
          <th scope="col" data-column="mark">{t`Becomes`}</th>
          <th scope="col">{t`Archive`}</th>
          <th scope="col">{t`Why`}</th>
          <th scope="col" data-column="size">{t`Size`}</th>
        </>
      }
      renderRow={(archive, rowIndex) => <PrunedRow key={archive.id} archive={archive} rowIndex={rowIndex} />}
    />
  );
}

const PrunedRow = memo(function PrunedRow({
  archive,
  rowIndex,
}: {
  archive: PlannedArchive;
  rowIndex: number;
}) {
  const { mark, sizeBytes } = archive;
  return (
    <tr aria-rowindex={rowIndex} className="long-row" data-mark={mark}>
      <td>
        <StateMark state={pruneMarks[mark]} label={markWords(mark)} />
      </td>
      <td>
        <ArchiveName archive={archive} />
      </td>
      <td>
        <Why archive={archive} />
      </td>
      <td className="number">{formatBytes(sizeBytes)}</td>
    </tr>
  );
});

function ArchiveName({ archive: { name, type, vmid } }: { archive: PlannedArchive }) {
  return (
    <span className="long-two">
      <span className="mono small" title={terminalText(name)}>
        <LabText text={name} />
      </span>
      <span className="quiet small">
        <LabText text={vmid === undefined ? '–' : `${type}/${vmid}`} />
      </span>
    </span>
  );
}

/** Proxmox's own rules by their names, Sifaka's in words. */
function Why({ archive: { rule, why } }: { archive: PlannedArchive }) {
  const words = ruleWords(rule);
  return (
    <span className="long-two">
      {words === undefined ? <span className="mono">{rule}</span> : <span>{words}</span>}
      <span lang="en" className="quiet small" title={terminalText(why)}>
        <ServiceText text={why} />
      </span>
    </span>
  );
}
