import { t } from '@lingui/core/macro';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { Age } from '../Age.tsx';
import type { TableColumn } from '../DataTable.tsx';
import './cards.css';
import { LabText } from '../LabText.tsx';

/** A recovery card older than this holds keys and addresses that may have changed since. */
export const oldCardDays = 180;

/** What an operator compares nodes by; the first and the last column are the page's own. */
export const nodeColumns = (): readonly TableColumn<NodeSummary>[] => [
  {
    id: 'class',
    header: t`Class`,
    value: (node) => node.nodeClass,
    renderCell: (node) => <LabText text={node.nodeClass} />,
  },
  {
    id: 'address',
    header: t`Address`,
    value: (node) => node.addresses.join(' '),
    renderCell: (node) => (
      <span className="mono">
        {node.addresses.map((address) => (
          <span key={address} className="address">
            <LabText text={address} />
          </span>
        ))}
      </span>
    ),
  },
  {
    id: 'k3s',
    header: 'k3s',
    value: (node) => node.k3sRole,
    renderCell: (node) =>
      node.k3sRole === 'none' ? <Nothing words={t`not in k3s`} /> : <LabText text={node.k3sRole} />,
  },
  {
    id: 'longhorn',
    header: 'Longhorn',
    numeric: true,
    descendingFirst: true,
    value: (node) => node.longhornDisks,
    renderCell: (node) => (node.longhornDisks === 0 ? <Nothing words={t`none`} /> : node.longhornDisks),
  },
  {
    id: 'card',
    header: t`Last card`,
    descendingFirst: true,
    value: (node) => node.lastCardAt,
    renderCell: (node) =>
      node.lastCardAt ? (
        <Age time={node.lastCardAt} oldAfterDays={oldCardDays} />
      ) : (
        <Nothing words={t`never`} />
      ),
  },
];

export function Nothing({ words }: { words: string }) {
  return <span className="quiet">{words}</span>;
}

/** Its name, and what else people call it. */
export function NodeName({ node }: { node: NodeSummary }) {
  return (
    <>
      <LabText text={node.name} />
      {node.alias !== undefined && (
        <span className="quiet">
          {' '}
          · <LabText text={node.alias} />
        </span>
      )}
    </>
  );
}

export function nodeFilterText(node: NodeSummary): string {
  return [node.name, node.alias, node.description].filter(Boolean).join(' ');
}
