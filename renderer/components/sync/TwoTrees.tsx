import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import {
  IconArrowBigRight,
  IconArrowRight,
  IconFile,
  IconFolder,
  IconLink,
  IconTrash,
  type TablerIcon,
} from '@tabler/icons-react';
import { type CSSProperties, useMemo } from 'react';
import type { PlannedVersion, ShownOperation, ShownSyncPlan } from '../../../shared/schemas/sync-plans.ts';
import type { SyncOperation } from '../../../shared/schemas/sync-record.ts';
import { formatBytes, formatTime } from '../../text/format.ts';
import { LabText } from '../LabText.tsx';
import { ScrolledTable } from '../ScrolledTable.tsx';
import { StateMark } from '../StateMark.tsx';
import { type TreeRow, treeRows } from './operation-tree.ts';
import { operationWords, reasonWords } from './sync-words.ts';
import './two-trees.css';

/** Both sides as trees, line by line beside each other, with what goes from one to the other between them. */
export function TwoTrees({ plan }: { plan: ShownSyncPlan }) {
  const rows = useMemo(() => treeRows(plan.operations), [plan.operations]);
  return (
    <ScrolledTable className="two-trees" label={t`What is done, file by file`}>
      <table aria-label={t`What is done, file by file`}>
        <thead>
          <tr>
            <th scope="col">
              <SideHead name={plan.from} folder={plan.src} />
            </th>
            <th scope="col" className="two-trees-way" aria-label={t`What is done`} />
            <th scope="col">
              <SideHead name={plan.to} folder={plan.dest} />
            </th>
            <th scope="col">
              <Trans>Why</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.path} row={row} />
          ))}
        </tbody>
      </table>
    </ScrolledTable>
  );
}

function SideHead({ name, folder }: { name: string; folder: string }) {
  return (
    <span className="stacked">
      <LabText text={name} />
      <span className="mono small quiet">
        <LabText text={folder} />
      </span>
    </span>
  );
}

function Line({ row }: { row: TreeRow }) {
  const { operation } = row;
  if (operation === undefined) {
    return (
      <tr className="two-trees-folder">
        <td colSpan={4}>
          <Name row={row} kind="folder" />
        </td>
      </tr>
    );
  }
  return (
    <tr data-operation={operation.operation}>
      <td>
        {operation.source === undefined ? (
          <Gone depth={row.depth} />
        ) : (
          <Name row={row} kind={operation.source.kind} version={operation.source} />
        )}
      </td>
      <td className="two-trees-way">
        <Way operation={operation.operation} />
      </td>
      <td>
        {operation.destination === undefined ? (
          <Gone depth={row.depth} />
        ) : (
          <Name row={row} kind={operation.destination.kind} version={operation.destination} goes />
        )}
      </td>
      <td>
        <Why operation={operation} />
      </td>
    </tr>
  );
}

const icons: Record<PlannedVersion['kind'], TablerIcon> = {
  file: IconFile,
  folder: IconFolder,
  link: IconLink,
  special: IconFile,
};

function Name(props: {
  row: TreeRow;
  kind: PlannedVersion['kind'];
  version?: PlannedVersion;
  /** It is what the trash gets. */
  goes?: boolean;
}) {
  const { row, kind, version } = props;
  const Icon = icons[kind];
  return (
    <span className="two-trees-name" style={depthStyle(row.depth)}>
      <Icon size={14} aria-hidden="true" />
      <span className="stacked">
        <span className={props.goes ? 'two-trees-goes' : undefined}>
          <LabText text={kind === 'folder' ? `${row.name}/` : row.name} />
        </span>
        {version !== undefined && (
          <span className="small quiet">
            {kind === 'file' && `${formatBytes(version.size)}, `}
            <time dateTime={version.modified}>{formatTime(new Date(version.modified))}</time>
            {props.goes && (
              <>
                {', '}
                <span className="two-trees-trash">
                  <IconTrash size={12} aria-hidden="true" /> <Trans>to the trash</Trans>
                </span>
              </>
            )}
          </span>
        )}
      </span>
    </span>
  );
}

function Gone({ depth }: { depth: number }) {
  return (
    <span className="two-trees-name quiet" style={depthStyle(depth)}>
      <span aria-hidden="true">–</span>
      <span className="sr-only">
        <Trans>not there</Trans>
      </span>
    </span>
  );
}

const ways: Record<SyncOperation['operation'], TablerIcon> = {
  create: IconArrowRight,
  update: IconArrowBigRight,
  delete: IconTrash,
};

function Way({ operation }: { operation: SyncOperation['operation'] }) {
  const Icon = ways[operation];
  return (
    <span className="two-trees-arrow">
      <Icon size={18} aria-hidden="true" />
      <span className="small">{operationWords(operation)}</span>
    </span>
  );
}

function Why({ operation: { reason, conflict } }: { operation: ShownOperation }) {
  return (
    <span className="stacked">
      {conflict && <StateMark state="warning" label={t`Both sides had changed`} />}
      <span className={conflict ? 'small quiet' : 'small'}>{reasonWords(reason)}</span>
    </span>
  );
}

/** Deeper than this the names would have no room. */
const deepest = 8;

function depthStyle(depth: number): CSSProperties {
  return { paddingInlineStart: Math.min(depth, deepest) * 16 };
}
