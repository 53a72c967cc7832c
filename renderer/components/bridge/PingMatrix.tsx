import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { PairResult } from '../../../shared/schemas/bridge.ts';
import { formatBitRate, formatLatency } from '../../text/format.ts';
import { LabText } from '../LabText.tsx';
import { ServiceText } from '../ServiceText.tsx';
import { ScrolledTable } from '../ScrolledTable.tsx';
import { StateMark } from '../StateMark.tsx';
import './ping-matrix.css';

/** Full frames between every two nodes, both ways: the row's node asks, the column's answers. */
export function PingMatrix({ pairs }: { pairs: readonly PairResult[] }) {
  const nodes = [...new Set(pairs.flatMap(({ from, to }) => [from, to]))];
  return (
    <ScrolledTable label={t`Full frames between the nodes`}>
      <table className="data-table ping-matrix" aria-label={t`Full frames between the nodes`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>from ↓ to →</Trans>
            </th>
            {nodes.map((node) => (
              <th key={node} scope="col">
                <LabText text={node} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {nodes.map((from) => (
            <tr key={from}>
              <th scope="row">
                <LabText text={from} />
              </th>
              {nodes.map((to) => (
                <td key={to}>
                  <Direction pair={pairs.find((pair) => pair.from === from && pair.to === to)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrolledTable>
  );
}

function Direction({ pair }: { pair: PairResult | undefined }) {
  if (!pair) return <span className="quiet">–</span>;
  const { sent, received, latency, bitsPerSecond, said } = pair;
  return (
    <span className="ping-cell">
      <StateMark
        state={pair.passed ? 'ok' : 'danger'}
        label={
          pair.passed
            ? latency === undefined
              ? t`passes`
              : formatLatency(latency.average)
            : t`${received} of ${sent} came back`
        }
      />
      {!pair.passed && pair.smallPasses === true && (
        <span className="small">
          <Trans>small frames pass</Trans>
        </span>
      )}
      {said !== undefined && (
        <span className="small quiet ping-said">
          <ServiceText text={said} />
        </span>
      )}
      {latency !== undefined && (
        <span className="small quiet">
          {formatLatency(latency.min)} – {formatLatency(latency.max)}
        </span>
      )}
      {bitsPerSecond !== undefined && <span className="small quiet">{formatBitRate(bitsPerSecond)}</span>}
    </span>
  );
}
