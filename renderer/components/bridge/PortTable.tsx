import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import type { BridgeNode, BridgeOverview, BridgePort } from '../../../shared/schemas/bridge.ts';
import type { ProblemRecord } from '../../../shared/problem.ts';
import { formatCount, formatRate } from '../../text/format.ts';
import { Age } from '../Age.tsx';
import { LabText } from '../LabText.tsx';
import { ServiceText } from '../ServiceText.tsx';
import { ScrolledTable } from '../ScrolledTable.tsx';
import { StateMark } from '../StateMark.tsx';
import { portHealth } from './port-health.ts';
import { portMark, portWords } from './port-words.ts';
import './port-table.css';

/** A node with its ports, as far as anything is known of it. */
export interface NodeOfPorts {
  readonly node: string;
  readonly problem?: ProblemRecord | undefined;
  readonly said?: { readonly at: string; readonly live: NonNullable<BridgeNode['live']> } | undefined;
  readonly rates?: Readonly<Record<string, { readonly received: number; readonly sent: number }>>;
}

/** What the ring shows, in words and figures. `withRates` where there was more than one look. */
export function PortTable(props: {
  nodes: readonly NodeOfPorts[];
  cables: BridgeOverview['cables'];
  mtu: number;
  withRates: boolean;
}) {
  return (
    <ScrolledTable label={t`Nodes and ports`}>
      <table className="data-table port-table" aria-label={t`Nodes and ports`}>
        <thead>
          <tr>
            <th scope="col">{t`Port`}</th>
            <th scope="col">{t`State`}</th>
            <th scope="col">{t`Cable to`}</th>
            <th scope="col" className="number">{t`MTU`}</th>
            {props.withRates && (
              <>
                <th scope="col" className="number">{t`Receives`}</th>
                <th scope="col" className="number">{t`Sends`}</th>
              </>
            )}
          </tr>
        </thead>
        {props.nodes.map((node) => (
          <NodeRows key={node.node} {...props} node={node} />
        ))}
      </table>
    </ScrolledTable>
  );
}

function NodeRows(props: {
  node: NodeOfPorts;
  cables: BridgeOverview['cables'];
  mtu: number;
  withRates: boolean;
}) {
  const { node, said, problem } = props.node;
  return (
    <tbody data-old={problem !== undefined || undefined}>
      <tr className="port-node">
        <th scope="rowgroup" colSpan={props.withRates ? 6 : 4}>
          <span className="port-node-head">
            <strong>
              <LabText text={node} />
            </strong>
            {problem === undefined ? (
              said && <BridgeWords live={said.live} mtu={props.mtu} />
            ) : (
              <Silent problem={problem} />
            )}
          </span>
          {problem !== undefined && said && (
            <span className="small quiet port-node-old">
              <Trans>
                What it last said, <Age time={said.at} />:
              </Trans>
            </span>
          )}
        </th>
      </tr>
      {said?.live.ports.map((port) => (
        <PortRow
          key={port.name}
          node={node}
          port={port}
          mtu={props.mtu}
          cables={props.cables}
          rate={props.withRates ? (props.node.rates?.[port.name] ?? 'unknown') : undefined}
        />
      ))}
    </tbody>
  );
}

function Silent({ problem }: { problem: ProblemRecord }) {
  return (
    <>
      <StateMark state="danger" label={t`Does not answer`} />
      <span>
        <ServiceText text={`${problem.what} ${problem.next}`} />
      </span>
    </>
  );
}

/** The node's own part of the bridge, in a line. */
function BridgeWords({ live, mtu }: { live: NonNullable<BridgeNode['live']>; mtu: number }) {
  const { bridge, management } = live;
  if (!bridge) return <StateMark state="danger" label={t`There is no bridge on it`} />;
  const right = bridge.up && bridge.mtu >= mtu;
  const ofBridge = formatCount(bridge.mtu);
  return (
    <>
      <StateMark
        state={right ? 'ok' : 'danger'}
        label={bridge.up ? t`Up, MTU ${ofBridge}` : t`Down, MTU ${ofBridge}`}
      />
      <span>{bridge.stp ? t`STP on` : t`STP off`}</span>
      <span className="mono">
        <LabText text={bridge.addresses.join(', ') || '–'} />
      </span>
      {management && (
        <span className="quiet">
          <Trans>
            reached by <LabText text={management.interface} />
          </Trans>
        </span>
      )}
    </>
  );
}

function PortRow(props: {
  node: string;
  port: BridgePort;
  mtu: number;
  cables: BridgeOverview['cables'];
  rate: { received: number; sent: number } | 'unknown' | undefined;
}) {
  const { port, rate } = props;
  const health = portHealth(port, props.mtu);
  return (
    <tr>
      <td className="mono">
        <LabText text={port.name} />
      </td>
      <td>
        <StateMark state={portMark[health]} label={portWords(health)} />
      </td>
      <td className="mono">
        <LabText text={otherEnd(props.cables, props.node, port.name) ?? '–'} />
      </td>
      <td className="number">{port.mtu === undefined ? <Dash /> : formatCount(port.mtu)}</td>
      {rate !== undefined && (
        <>
          <td className="number">{rate === 'unknown' ? <Dash /> : formatRate(rate.received, 'bytes')}</td>
          <td className="number">{rate === 'unknown' ? <Dash /> : formatRate(rate.sent, 'bytes')}</td>
        </>
      )}
    </tr>
  );
}

function Dash(): ReactNode {
  return <span className="quiet">–</span>;
}

function otherEnd(cables: BridgeOverview['cables'], node: string, port: string): string | undefined {
  for (const { from, to } of cables) {
    if (from.node === node && from.port === port) return `${to.node}:${to.port}`;
    if (to.node === node && to.port === port) return `${from.node}:${from.port}`;
  }
  return undefined;
}
