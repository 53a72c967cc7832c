import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconArrowRight, IconPencilExclamation } from '@tabler/icons-react';
import type {
  FileChange,
  LiveChange,
  NodeFile,
  PlannedBridge,
  PlannedNode,
} from '../../../shared/schemas/bridge.ts';
import { LabText } from '../../components/LabText.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatBytes } from '../../text/format.ts';
import { FileDiff } from './FileDiff.tsx';
import { actionWords, liveWords, riskMark, riskWords } from './risk-words.ts';

type Observed = PlannedBridge['observed'][number];

/** What changes on one node: its risk first, then the files, then the live links. */
export function PlanOfNode(props: {
  planned: PlannedNode;
  observed: Observed | undefined;
  isRefused: boolean;
}) {
  const { planned, observed } = props;
  const { node, files, live, risk } = planned;
  const isSame = files.length === 0 && live.length === 0;
  // What a node has is not known when it did not answer, so nothing can be said of what it needs.
  const isUnplanned = props.isRefused && isSame;
  return (
    <section className="panel plan-node" aria-labelledby={`plan-${node}`}>
      <div className="plan-node-head">
        <h3 id={`plan-${node}`}>
          <LabText text={node} />
        </h3>
        {isUnplanned ? (
          <StateMark state="danger" label={t`Not planned, for the reason above`} />
        ) : (
          <StateMark state={riskMark[risk]} label={riskWords(risk)} />
        )}
      </div>
      {isSame && !isUnplanned && (
        <p className="quiet plan-node-same">
          <Trans>It is as it should be: it is left alone, and proven with the others.</Trans>
        </p>
      )}
      {files.map((change) => (
        <ChangedFile key={change.path} change={change} />
      ))}
      {live.length > 0 && <LiveChanges live={live} node={node} />}
      {observed && observed.units.length + observed.kernel.length > 0 && <SeenOnNode observed={observed} />}
    </section>
  );
}

function ChangedFile({ change }: { change: FileChange }) {
  const { before, after } = change;
  return (
    <details className="plan-file">
      <summary>
        <span className="plan-file-head">
          <span className="mono">
            <LabText text={change.path} />
          </span>
          <span className="quiet">{actionWords(change.action)}</span>
          {change.drifted && (
            <span className="plan-drift">
              <IconPencilExclamation size={14} aria-hidden="true" />{' '}
              <Trans>changed on the node since the last deploy</Trans>
            </span>
          )}
        </span>
      </summary>
      <p className="plan-rights small">
        {before && <Rights file={before} />}
        {before && after && <IconArrowRight size={12} aria-label={t`becomes`} />}
        {after && <Rights file={after} />}
      </p>
      {change.action !== 'permissions' &&
        (isText(before) && isText(after) ? (
          <FileDiff path={change.path} before={before?.text} after={after?.text} />
        ) : (
          <p className="quiet plan-node-same">
            <Trans>It is not text, so it is not shown.</Trans>
          </p>
        ))}
    </details>
  );
}

/** A file that is not there can be shown as one without lines. */
function isText(file: NodeFile | undefined): boolean {
  return file === undefined || file.text !== undefined;
}

function Rights({ file }: { file: NodeFile }) {
  return (
    <span>
      <span className="mono">
        <LabText text={`${file.owner}:${file.group} ${file.mode}`} />
      </span>{' '}
      <span className="quiet">{formatBytes(file.size)}</span>
    </span>
  );
}

function LiveChanges({ live, node }: { live: readonly LiveChange[]; node: string }) {
  return (
    <div className="plan-live">
      <table className="data-table" aria-label={t`Live links of ${node}`}>
        <thead>
          <tr>
            <th scope="col">{t`Live link`}</th>
            <th scope="col">{t`What`}</th>
            <th scope="col">{t`Now`}</th>
            <th scope="col">{t`Then`}</th>
          </tr>
        </thead>
        <tbody>
          {live.map((change) => (
            <tr key={`${change.link}:${change.what}:${change.from}:${change.to}`}>
              <td className="mono">
                <LabText text={change.link} />
              </td>
              <td>{liveWords(change.what)}</td>
              <td className="mono quiet">
                <LabText text={change.from || '–'} />
              </td>
              <td className="mono">
                <LabText text={change.to || '–'} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What may explain the rest: the units that make the bridge, and what the kernel said of it lately. */
function SeenOnNode({ observed }: { observed: Observed }) {
  return (
    <details className="plan-file">
      <summary>
        <span className="plan-file-head">{t`Units and kernel messages`}</span>
      </summary>
      <ul className="plan-seen small mono">
        {observed.units.map(({ name, state }) => (
          <li key={name}>
            <LabText text={`${name}: ${state}`} />
          </li>
        ))}
        {observed.kernel.map((line, index) => (
          // The kernel may say the same twice; a line's place is its identity.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index}>
            <LabText text={line} />
          </li>
        ))}
      </ul>
    </details>
  );
}
