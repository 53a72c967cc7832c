import { formatPatch, structuredPatch } from 'diff';
import type {
  BridgePlan,
  BridgeRisk,
  FileChange,
  LiveChange,
  NodeObservation,
  PlannedBridge,
  PlannedNode,
} from '../../../shared/schemas/bridge.ts';
import { formatDuration } from '../../../shared/quantities.ts';
import { terminalLines, terminalText } from '../../../shared/terminal-text.ts';
import { indent } from './table.ts';
import { wrapped } from './wrap.ts';

const riskWords: Record<BridgeRisk, string> = {
  none: 'nothing changes',
  reload: 'the network is loaded again; no link that is in use is touched',
  'link-flap': 'links of the bridge go down for a moment',
  'may-cut-management': 'THE CONNECTION TO IT MAY BE CUT; it then takes everything back by itself',
};

/** Everything a deploy would do, node by node; what decides stands last. `columns` of the terminal it goes to, if it does. */
export function planText(
  { plan, digest, observed }: PlannedBridge,
  columns = Number.POSITIVE_INFINITY,
): string {
  const sentence = (text: string, by = 0): string =>
    indent(wrapped(terminalText(text), Math.max(30, columns - by)).join('\n'), by);
  const shown: ShownFiles = new Map();
  const parts = [
    ...plan.nodes.map((node) =>
      isSilent(plan, node) ? silentText(node) : nodeText(node, observed, sentence, shown),
    ),
    ...plan.warnings.map(({ what }) => sentence(`Note: ${what}`)),
    ...(plan.refusals.length === 0 ? [windowText(plan, sentence)] : []),
    `plan ${digest}`,
    ...plan.refusals.map(({ what, next }) => `${sentence(`REFUSED: ${what}`)}\n${sentence(next, 2)}`),
    endText(plan),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Of a node that did not answer nothing was planned: neither that it changes nor that it does not. */
function isSilent({ refusals }: BridgePlan, { node }: PlannedNode): boolean {
  return refusals.some((refusal) => refusal.code === 'node-silent' && refusal.node === node);
}

function silentText({ node }: PlannedNode): string {
  return `${terminalText(node)}: NOT PLANNED, it did not answer`;
}

type Sentence = (text: string, by?: number) => string;
/** The first node of each text of a file's change: most files are the same on all nodes, and are read once. */
type ShownFiles = Map<string, string>;

function nodeText(
  { node, risk, files, live, expected }: PlannedNode,
  observed: readonly NodeObservation[],
  sentence: Sentence,
  shown: ShownFiles,
): string {
  const goal =
    expected === undefined
      ? 'no bridge'
      : [
          `${expected.bridge} ${expected.address ?? 'without an address'}`,
          `MTU ${expected.mtu}`,
          `STP ${expected.stp ? 'on' : 'off'}`,
          `ports ${expected.ports.join(' ') || 'none'}`,
        ].join(', ');
  const kernel = observed.find((seen) => seen.node === node)?.kernel.slice(-3) ?? [];
  const failed = observed
    .find((seen) => seen.node === node)
    ?.units.filter(({ state }) => state.startsWith('failed'));
  return [
    `${terminalText(node)}: ${riskWords[risk]}`,
    sentence(`afterwards: ${goal}`, 2),
    ...live.map((change) => sentence(liveText(change), 2)),
    ...(failed ?? []).map(({ name }) => sentence(`unit ${name} has failed there`, 2)),
    ...(risk === 'none' ? [] : kernel.map((line) => sentence(`kernel: ${line}`, 2))),
    ...files.map((change) => fileOnNode(change, node, shown)),
  ].join('\n');
}

function liveText({ link, what, from, to }: LiveChange): string {
  const words = { exists: 'is', mtu: 'MTU', stp: 'STP', port: 'port of', address: 'address', up: 'up' };
  return `${link} ${words[what]}: ${from} → ${to}`;
}

const actionWords: Record<FileChange['action'], string> = {
  create: 'new',
  replace: 'changed',
  remove: 'removed',
  permissions: 'owner or mode',
};

function fileOnNode(change: FileChange, node: string, shown: ShownFiles): string {
  const text = fileText(change);
  const first = shown.get(text);
  if (first === undefined) shown.set(text, node);
  const [head = ''] = text.split('\n');
  return first === undefined || head === text ? text : `${head}; as on ${terminalText(first)}`;
}

/** What changes in a file, as `diff -u` shows it; the names of a file's two sides are its path. */
export function fileText({ path, action, before, after, drifted }: FileChange): string {
  const rights = [before, after].flatMap((file) =>
    file === undefined ? [] : [`${file.owner}:${file.group} ${file.mode}`],
  );
  const words = [...new Set(rights)].join(' → ');
  const head = `  ${terminalText(path)}  ${actionWords[action]}, ${terminalText(words)}`;
  const note = drifted ? '\n  somebody changed it since the last deploy; that would be lost' : '';
  if (action === 'permissions') return head + note;
  return `${head}${note}\n${indent(patchText(before, after), 4)}`;
}

function patchText(before: FileChange['before'], after: FileChange['after']): string {
  if (before?.base64 !== undefined || after?.base64 !== undefined)
    return `no text: ${before?.size ?? 0} → ${after?.size ?? 0} bytes`;
  const patch = structuredPatch('a', 'b', before?.text ?? '', after?.text ?? '', '', '', { context: 3 });
  const lines = formatPatch(patch).split('\n');
  // Without its four first lines, which name the two sides.
  const first = lines.findIndex((line) => line.startsWith('@@'));
  return terminalLines((first < 0 ? [] : lines.slice(first)).join('\n').trimEnd());
}

const modeWords: Record<BridgePlan['mode'], string> = {
  all: 'All nodes are changed at the same time',
  rolling: 'One node is changed after the other, each checked before the next',
  canary: 'The first node is changed and checked, then all others',
};

function windowText({ mode, windowSeconds, nodes }: BridgePlan, sentence: Sentence): string {
  if (nodes.every(({ risk }) => risk === 'none')) return '';
  return sentence(
    `${modeWords[mode]}; all are confirmed together or none. If contact is lost, a node takes everything back by itself within ${formatDuration(windowSeconds)}, also when it restarts meanwhile.`,
  );
}

function endText({ refusals, nodes }: BridgePlan): string {
  if (refusals.length > 0) return 'Refused. Nothing was changed.';
  if (nodes.every(({ risk }) => risk === 'none')) return 'Nothing to do: all nodes are as they shall be.';
  return '';
}

/** Under a plan that could be deployed and that nobody is asked about now. */
export function nextText({ refusals, nodes, source }: BridgePlan): string {
  if (refusals.length > 0 || nodes.every(({ risk }) => risk === 'none')) return '';
  const command = source.kind === 'design' ? `deploy ${source.name}` : `rollback ${source.id}`;
  return `\n\nNothing was changed. Next: sifaka bridge ${command}`;
}
