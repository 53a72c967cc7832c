import { t } from '@lingui/core/macro';
import { Fragment } from 'react';
import type { BridgeDescription, BridgeNode } from '../../../shared/schemas/bridge.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { type CableHealth, cableHealth, type PortHealth, portHealth } from './port-health.ts';
import { cableWords } from './port-words.ts';
import { layRing, nodeBox, type PlacedCable, type PlacedNode, type PlacedPort } from './ring-layout.ts';
import './ring.css';

/** What the ring shows of a node. */
export interface RingNode {
  readonly node: string;
  /** Missing when nothing is known of it now. */
  readonly live?: BridgeNode['live'];
}

const legend: readonly CableHealth[] = ['carries', 'stands-by', 'settling', 'slow', 'cut', 'unknown'];

/** The bridge as a ring of nodes, ports and cables: a picture of what the table beside it says in words. */
export function Ring(props: {
  nodes: readonly RingNode[];
  cables: BridgeDescription['cables'];
  mtu: number;
}) {
  const { nodes, cables, mtu } = props;
  const layout = layRing(
    nodes.map(({ node, live }) => ({ node, ports: live?.ports.map(({ name }) => name) ?? [] })),
    cables,
  );
  const healthOf = ({ node, name }: { node: string; name: string }): PortHealth | undefined => {
    const port = nodes.find((one) => one.node === node)?.live?.ports.find((one) => one.name === name);
    return port && portHealth(port, mtu);
  };
  const stateOf = ({ from, to }: PlacedCable) => cableHealth([healthOf(from), healthOf(to)]);
  const shown = new Set(layout.cables.map(stateOf));
  const silent = nodes.filter(({ live }) => live === undefined).length;
  const { width, height } = layout;
  return (
    <figure className="ring panel">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={ringWords(nodes.length, layout.cables.map(stateOf), silent)}
      >
        {layout.cables.map((placed) => (
          <Cable key={`${placed.from.node}:${placed.from.name}`} placed={placed} health={stateOf(placed)} />
        ))}
        {layout.nodes.map((placed) => (
          <NodeBox key={placed.node} placed={placed} nodes={nodes} mtu={mtu} />
        ))}
        {[...layout.cables.flatMap(({ from, to }) => [from, to]), ...layout.loose].map((port) => (
          <Port key={`${port.node}:${port.name}`} port={port} health={healthOf(port)} />
        ))}
      </svg>
      <figcaption className="ring-legend small">
        {legend
          .filter((health) => shown.has(health))
          .map((health) => (
            <span key={health} className="ring-legend-entry">
              <svg width="32" height="12" viewBox="0 0 32 12" aria-hidden="true">
                <line x1="1" y1="6" x2="31" y2="6" className={`cable cable-${health}`} />
              </svg>
              {cableWords(health)}
            </span>
          ))}
      </figcaption>
    </figure>
  );
}

function ringWords(nodes: number, cables: readonly CableHealth[], silent: number): string {
  const count = cables.length;
  const carrying = cables.filter((health) => health === 'carries' || health === 'stands-by').length;
  return t`The ring: ${nodes} nodes, ${silent} of them silent; ${count} cables, ${carrying} of them in order. The table below says the same in words.`;
}

function Cable({ placed, health }: { placed: PlacedCable; health: CableHealth }) {
  const { from, to, middle } = placed;
  return (
    <g>
      <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} className={`cable cable-${health}`} />
      {health === 'cut' && (
        <path
          className="cable-cross"
          d={`M${middle.x - 7} ${middle.y - 7}l14 14m0 -14l-14 14`}
          aria-hidden="true"
        />
      )}
    </g>
  );
}

function NodeBox(props: { placed: PlacedNode; nodes: readonly RingNode[]; mtu: number }) {
  const { placed, mtu } = props;
  const live = props.nodes.find(({ node }) => node === placed.node)?.live;
  const x = placed.x - nodeBox.width / 2;
  const y = placed.y - nodeBox.height / 2;
  const bridge = live?.bridge;
  const wrong = live !== undefined && (!bridge?.up || bridge.mtu < mtu);
  return (
    <g className="ring-node" data-silent={live === undefined || undefined} data-wrong={wrong || undefined}>
      <rect x={x} y={y} width={nodeBox.width} height={nodeBox.height} rx="8" />
      <text data-lab="" className="ring-name" x={placed.x} y={y + 25}>
        {terminalText(placed.node)}
      </text>
      <text className="ring-small" x={placed.x} y={y + 43}>
        {live === undefined ? t`does not answer` : <BridgeLine bridge={bridge} />}
      </text>
      {bridge && (
        <text data-lab="" className="ring-small" x={placed.x} y={y + 58}>
          {terminalText(bridge.addresses[0] ?? '–')}
        </text>
      )}
    </g>
  );
}

function BridgeLine({ bridge }: { bridge: NonNullable<BridgeNode['live']>['bridge'] }) {
  if (!bridge) return t`no bridge`;
  const { mtu } = bridge;
  if (!bridge.up) return t`down, MTU ${mtu}`;
  return bridge.stp ? t`up, MTU ${mtu}, STP` : t`up, MTU ${mtu}`;
}

function Port({ port, health }: { port: PlacedPort; health: PortHealth | undefined }) {
  return (
    <Fragment>
      <circle cx={port.x} cy={port.y} r="7" className={`ring-port ring-port-${health ?? 'unknown'}`} />
      <text data-lab="" className="ring-port-name" x={port.label.x} y={port.label.y + 4}>
        {terminalText(port.name)}
      </text>
    </Fragment>
  );
}
