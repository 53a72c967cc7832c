import { Problem } from '../../../../shared/problem.ts';
import type { BridgeCheck, BridgeNode, PairResult } from '../../../../shared/schemas/bridge.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import { clusterBridge, type ClusterBridge } from '../cluster-bridge.ts';
import { nodeEvidence } from './node-evidence.ts';
import { addressOf } from './pairs.ts';
import { pingCommand } from './ping.ts';

/** Of more nodes there would be more evidence than an issue holds. */
const mostEvidence = 6;
const mostListed = 20;
const relatedEntries = 5;

/** An issue with every heading filled from a check that found something, and with what its nodes say of it now. */
export async function openCheckIssue(
  parts: Pick<BridgeServiceParts, 'lab' | 'ssh' | 'version' | 'issues'>,
  check: BridgeCheck,
  signal: AbortSignal,
): Promise<{ id: string; file: string }> {
  const { lab, ssh, issues, version } = parts;
  const nodes = affectedNodes(check);
  const [first] = check.findings;
  if (first === undefined || nodes.length === 0) throw nothingFound(check);
  const bridge = await clusterBridge(lab);
  const ways = await ssh.ways();
  const asked = nodes.slice(0, mostEvidence);
  const [said, list, logbook] = await Promise.all([
    Promise.all(asked.map((node) => nodeEvidence({ ssh, ways, signal }, node, bridge.bridge))),
    issues.list(),
    lab.logbook(200),
  ]);
  const failing = check.pairs.filter(({ passed }) => !passed);
  const related = list.issues.filter(
    (issue) => issue.state === 'open' && issue.nodes.some((node) => nodes.includes(node)),
  );
  const entries = logbook.filter(({ project }) => project === 'bridge').slice(0, relatedEntries);
  return issues.open({
    title: onOneLine(`${bridge.bridge}: ${first.what}`, 180),
    nodes,
    check: 'bridge',
    sections: {
      summary: [
        `The check ${check.id} of ${check.at} ${check.passed ? 'passed with warnings' : 'failed'}: full frames got through in ${check.pairs.length - failing.length} of ${check.pairs.length} directions.`,
        ...check.findings.map(({ what }) => what),
      ],
      environment: [
        `Sifaka ${version}; cluster ${check.cluster}; bridge ${bridge.bridge}, MTU ${check.mtu}, STP ${bridge.stp ? 'on' : 'off'}`,
        ...check.nodes.map((node) => `${node.node}: ${deployedWords(node)}`),
        ...said.map(({ node, system }) => `${node}: ${system}`),
      ],
      steps: [
        'sifaka bridge check',
        ...failing.slice(0, mostListed).flatMap((pair) => byHand(bridge, pair) ?? []),
      ],
      expected: `Full frames of ${check.mtu} bytes get through both ways between ${check.nodes.map(({ node }) => node).join(', ')}, and every port and cable of the cluster file is in use or blocked by STP.`,
      actual: actualWords(check, failing),
      evidence: said.flatMap(({ evidence }) => evidence),
      investigation: [
        'Looked at on each node: the bridge, its address, MTU and STP, and each port that the cluster file lists. Sent both ways between every pair: frames that fill the MTU and may not be split, and small ones where those were lost.',
        ...check.nodes.map((node) => `${node.node}: ${liveWords(node)}`),
      ],
      solution: [...new Set(check.findings.map(({ next }) => next))],
      related: related.slice(0, mostListed).map(({ id, file, title }) => `${id ?? file}: ${title}`),
      changelog: entries.map(({ timestamp, summary, id }) => `${timestamp} ${summary} (${id})`),
    },
    reason: `Check ${check.id}`,
  });
}

/** Those that the worst findings are about: the nodes they name and the ends of their cables, else of the pairs that fail. */
export function affectedNodes({ findings, pairs, nodes }: BridgeCheck): string[] {
  const failures = findings.filter(({ severity }) => severity === 'failure');
  const worst = failures.length > 0 ? failures : findings;
  const cableEnds = worst.flatMap(({ cable }) => cable?.split(' – ') ?? []);
  const named = [...worst.map(({ node }) => node ?? ''), ...cableEnds.map((end) => end.split(':')[0] ?? '')];
  const ends = pairs.filter(({ passed }) => !passed).flatMap(({ from, to }) => [from, to]);
  const all = nodes.map(({ node }) => node);
  const of = (names: readonly string[]) => all.filter((node) => names.includes(node));
  for (const names of [of(named), of(ends)]) if (names.length > 0) return names;
  return findings.length > 0 ? all : [];
}

function actualWords({ passed }: BridgeCheck, failing: readonly PairResult[]): string[] {
  if (failing.length === 0)
    return [
      `Full frames get through everywhere${passed ? ', by another way than that of the missing cable or port' : ''}.`,
    ];
  return failing.slice(0, mostListed).map(({ from, to, sent, received, smallPasses, said }) => {
    const small =
      smallPasses === undefined ? '' : smallPasses ? '; small frames do' : '; small ones do not either';
    const count = sent === 0 ? 'was not tried' : `${received} of ${sent} full frames came back${small}`;
    return `${from} → ${to}: ${count}${said === undefined ? '' : ` (${said})`}`;
  });
}

function byHand(bridge: ClusterBridge, { from, to }: PairResult): string | undefined {
  const sender = bridge.nodes.find(({ node }) => node === from);
  const receiver = bridge.nodes.find(({ node }) => node === to);
  const address = receiver && addressOf(receiver);
  if (sender === undefined || address === undefined) return undefined;
  const { bridge: name, mtu } = sender;
  const words = pingCommand({ bridge: name, address, mtu, size: 'full', count: 4 });
  return `On ${from}: ${words.slice(words.indexOf('ping')).join(' ')}`;
}

function deployedWords({ live }: BridgeNode): string {
  if (live === undefined) return 'does not answer';
  const { deployed } = live;
  return deployed === undefined
    ? 'has nothing that Sifaka deployed'
    : `has ${deployed.design} (deploy ${deployed.deploy}, digest ${deployed.digest.slice(0, 12)})`;
}

function liveWords({ live, problem }: BridgeNode): string {
  if (live === undefined) return problem?.what ?? 'is not known';
  const { bridge, ports } = live;
  const own =
    bridge === undefined
      ? 'no bridge'
      : `${bridge.name} MTU ${bridge.mtu}, ${bridge.up ? 'up' : 'down'}, STP ${bridge.stp ? 'on' : 'off'}, ${bridge.addresses.slice(0, 4).join(', ') || 'no address'}`;
  const states = ports.slice(0, mostListed).map(({ name, present, enslaved, mtu, state, carrier }) => {
    if (!present) return `${name} is not there`;
    const stands = enslaved ? (state ?? 'a port') : 'not in the bridge';
    return `${name} MTU ${mtu ?? 'unknown'}, ${stands}${carrier === false ? ', no carrier' : ''}`;
  });
  return [own, ...states].join('; ');
}

function nothingFound({ id }: BridgeCheck): Problem {
  return new Problem('CHECK_PASSED', {
    what: `The check ${id} found nothing wrong.`,
    state: 'No issue was opened.',
    next: 'Open an issue for a check that found something, or by hand: sifaka issues open',
  });
}
