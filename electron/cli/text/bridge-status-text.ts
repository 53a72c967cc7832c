import type { BridgeNode, BridgeOverview, BridgePort } from '../../../shared/schemas/bridge.ts';
import { formatBytes, formatDuration } from '../../../shared/quantities.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { tableText } from './table.ts';

/** The bridge as it is on every node: a line for each, one for each port, and why a node is silent. */
export function statusText({ cluster, bridge, mtu, nodes }: BridgeOverview): string {
  return [
    terminalText(`${bridge} of ${cluster}, MTU ${mtu}`),
    '',
    tableText(
      [
        { title: 'NODE' },
        { title: 'BRIDGE' },
        { title: 'MTU', align: 'right' },
        { title: 'STP' },
        { title: 'ADDRESS' },
        { title: 'DEPLOYED' },
        { title: 'REACHED OVER' },
      ],
      nodes.map(nodeRow),
    ),
    '',
    tableText(
      [
        { title: 'PORT' },
        { title: 'STATE' },
        { title: 'MTU', align: 'right' },
        { title: 'RECEIVED', align: 'right' },
        { title: 'SENT', align: 'right' },
      ],
      nodes.flatMap(({ node, live }) => (live?.ports ?? []).map((port) => portRow(node, port))),
    ),
    ...nodes.flatMap(notes),
  ].join('\n');
}

function nodeRow({ node, live, problem }: BridgeNode): string[] {
  if (live === undefined) return [node, `NO ANSWER: ${problem?.code ?? 'not asked'}`];
  const { bridge, management } = live;
  const over = management === undefined ? '-' : `${management.interface} ${management.address}`;
  if (bridge === undefined) return [node, 'none', '-', '-', '-', deployedName(live), over];
  return [
    node,
    bridge.up ? 'up' : 'DOWN',
    String(bridge.mtu),
    bridge.stp ? 'on' : 'off',
    bridge.addresses.join(' ') || '-',
    deployedName(live),
    over,
  ];
}

/** `deploy:<id>` where an earlier deploy was the source: as much of its id as other lists show. */
function deployedName({ deployed }: NonNullable<BridgeNode['live']>): string {
  return (deployed?.design ?? '-').replace(/^deploy:([0-9a-f]{8})-[0-9a-f-]*$/, 'of $1');
}

function portRow(node: string, port: BridgePort): string[] {
  const name = `${node}:${port.name}`;
  if (!port.present) return [name, 'not there'];
  return [
    name,
    port.enslaved ? stateWords(port) : 'NOT IN THE BRIDGE',
    String(port.mtu ?? '-'),
    port.receivedBytes === undefined ? '-' : formatBytes(port.receivedBytes),
    port.sentBytes === undefined ? '-' : formatBytes(port.sentBytes),
  ];
}

/** A port that STP blocks is no fault. Outside of a bridge a port is mostly down, and then has no carrier in any case. */
function stateWords({ state, carrier }: BridgePort): string {
  const words = state === 'blocking' ? 'blocking, stands by' : (state ?? 'in the bridge');
  return carrier === false ? `${words}, no carrier` : words;
}

function notes({ node, live, problem }: BridgeNode): string[] {
  if (problem !== undefined)
    return ['', terminalText(`${node}: ${problem.what}`), terminalText(`  ${problem.next}`)];
  if (live?.armed === undefined) return [];
  const { deploy, secondsLeft } = live.armed;
  return [
    '',
    terminalText(
      `${node} waits for deploy ${deploy} to be confirmed, and takes it back in ${formatDuration(secondsLeft)}.`,
    ),
  ];
}
