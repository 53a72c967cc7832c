import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { freeSpaceFate, freeSpacePlans } from '../../../shared/free-space.ts';
import { planWarningText } from '../../../shared/plan-warnings.ts';
import type {
  CardChange,
  CardEvidence,
  CardPlan,
  PlannedCard,
  Receipt,
  Target,
} from '../../../shared/schemas/card.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatExactBytes,
  formatQuantity,
  formatRate,
} from '../../../shared/quantities.ts';
import { cacheNote } from '../../../shared/read-back.ts';
import { factsText, indent, tableText } from './table.ts';
import { timeText } from './units.ts';
import { wrapped } from './wrap.ts';

export function targetText({ kind, label, size, path }: Target): string {
  // The label of a real drive has the rounded size.
  return `${label}, ${kind === 'drive' ? formatExactBytes(size) : formatBytes(size)}\n${path}`;
}

/** What a target is called where it is about to be erased; a real drive with its path, since two may look alike. */
export function targetName({ kind, label, path }: Target): string {
  return kind === 'drive' ? `${label} (${path})` : label;
}

export function nodesText(nodes: readonly NodeSummary[], now: Date): string {
  return tableText(
    [
      { title: 'NODE' },
      { title: 'CLASS' },
      { title: 'K3S' },
      { title: 'ADDRESS' },
      { title: 'DISKS', align: 'right' },
      { title: 'LAST CARD' },
      { title: 'WHAT IT IS' },
    ],
    nodes.map((node) => [
      node.alias === undefined ? node.name : `${node.name} (${node.alias})`,
      node.nodeClass,
      node.k3sRole === 'none' ? '-' : node.k3sRole,
      node.addresses.join(' '),
      String(node.longhornDisks),
      node.recoverable
        ? node.lastCardAt === undefined
          ? 'never'
          : formatAge(new Date(node.lastCardAt), now)
        : 'no card yet',
      node.description,
    ]),
  );
}

/** Of the labels beside the facts of a plan or a receipt, with the space around them. */
const labelColumns = 14;

/** Sentences beside their label; paths, digests and commands stay in one piece, so that they can be copied. */
function prose(text: string, columns: number): string {
  return wrapped(terminalText(text), Math.max(20, columns - labelColumns)).join('\n');
}

/**
 * The review: everything the run will do, before it does it. What decides stands last, next to the question. `columns`
 * of the terminal it goes to, if it does.
 */
export function planText({ plan, digest }: PlannedCard, columns = Number.POSITIVE_INFINITY): string {
  const share = plan.image.size === 0 ? 0 : (plan.write.mappedBytes / plan.image.size) * 100;
  const parts = [
    `Goes onto the card, over the image (${changeCounts(plan.changes)}):`,
    indent(changesText(plan.changes), 2),
    `Recovery card of ${plan.node} (${plan.nodeClass}), hostname ${plan.hostname}`,
    factsText([
      ['image', `${plan.image.name}, ${formatBytes(plan.image.size)}\nsha256 ${plan.image.fileSha256}`],
      [
        'writes',
        prose(
          `${formatBytes(plan.write.mappedBytes)} that the image uses (${share.toFixed(0)} % of it), ${formatBytes(plan.write.injectedBytes)} of them changed; about ${formatDuration(plan.write.estimatedSeconds)}`,
          columns,
        ),
      ],
      ['plan', digest],
      ...identityFacts(plan.target),
      ['target', targetText(plan.target)],
      ['erases', prose(plan.erases, columns)],
      ...freeSpaceFacts(plan, columns),
    ]),
  ];
  if (plan.warnings.length > 0) {
    const notes = plan.warnings.map(
      (warning) => `  ! ${wrapped(terminalText(planWarningText(warning)), columns - 4).join('\n    ')}`,
    );
    parts.push(['Take note:', ...notes].join('\n'));
  }
  return parts.join('\n\n');
}

/** By what a real drive is told from any other; the writer refuses one that differs. */
function identityFacts({ kind, identity }: Target): [string, string][] {
  return kind === 'drive' ? [['identity', identity]] : [];
}

function freeSpaceFacts({ target, freeSpace }: CardPlan, columns: number): [string, string][] {
  return target.kind === 'drive' ? [['free space', prose(freeSpacePlans[freeSpace], columns)]] : [];
}

function changeCounts(changes: readonly CardChange[]): string {
  const count = (kind: CardChange['kind']) => changes.filter((change) => change.kind === kind).length;
  const secret = changes.filter((change) => change.secret).length;
  const counts = [
    formatQuantity(count('file'), 'file'),
    formatQuantity(count('symlink'), 'link'),
    formatQuantity(count('directory'), 'folder'),
  ];
  return secret > 0 ? `${counts.join(', ')}; ${secret} secret` : counts.join(', ');
}

/** Paths differ too much in length for a column of their own, so they share the last one with their reason. */
function changesText(changes: readonly CardChange[]): string {
  return tableText(
    [
      { title: 'PART' },
      { title: 'HOW' },
      { title: 'MODE' },
      { title: 'OWNER' },
      { title: 'SIZE', align: 'right' },
      { title: 'PATH, and what for' },
    ],
    changes.map((change) => [
      change.partition,
      `${change.replaces ? 'replaces' : 'new'}${change.secret ? ', secret' : ''}`,
      change.kind === 'symlink' ? 'link' : change.mode,
      `${change.uid}:${change.gid}`,
      change.kind === 'file' ? formatBytes(change.size) : '',
      `${pathText(change)} - ${change.reason}`,
    ]),
  );
}

function pathText({ kind, path, linkTarget }: CardChange): string {
  if (kind === 'directory') return `${path}/`;
  return linkTarget === undefined ? path : `${path} -> ${linkTarget}`;
}

/** The readable page of a receipt: what was written and how it is known. */
export function receiptText(receipt: Receipt, now: Date, columns = Number.POSITIVE_INFINITY): string {
  const writeSeconds = (Date.parse(receipt.writtenAt) - Date.parse(receipt.startedAt)) / 1000;
  const verifySeconds = (Date.parse(receipt.verifiedAt) - Date.parse(receipt.writtenAt)) / 1000;
  // What was overwritten was read back in the same time, and is not counted in the card's bytes.
  const verifyTime =
    receipt.freeSpace === 'overwrite'
      ? formatDuration(verifySeconds)
      : pace(receipt.verifiedBytes, verifySeconds);
  return [
    `Done and proven: this is the recovery card of ${receipt.node} (${receipt.nodeClass}).`,
    factsText([
      ['target', targetText(receipt.target)],
      ['image', `${receipt.image.name}, sha256 ${receipt.image.fileSha256}`],
      ['changes', changeCounts(receipt.changes)],
      ['written', `${formatBytes(receipt.writtenBytes)}, ${formatDuration(writeSeconds)} after the start`],
      [
        'verified',
        prose(
          `${formatBytes(receipt.verifiedBytes)} read back in ${verifyTime}, ${formatQuantity(receipt.ranges.length, 'range')}, all as intended${cacheNote(receipt)}`,
          columns,
        ),
      ],
      [
        'left out',
        prose(`${formatBytes(receipt.skippedBytes)} that the image's file systems do not use`, columns),
      ],
      ['free space', prose(freeSpaceFate(receipt), columns)],
      ['proven', timeText(receipt.verifiedAt, now)],
      ['receipt', receipt.id],
    ]),
    wrapped(`Next: ${takeOut(receipt)}${terminalText(receipt.nextStep)}`, columns).join('\n'),
  ].join('\n\n');
}

function takeOut({ ejected }: Receipt): string {
  return ejected === true ? 'You can take it out: it was ejected. ' : '';
}

export function receiptsText(receipts: readonly Receipt[], now: Date): string {
  if (receipts.length === 0) return 'No card was made yet. `sifaka card burn NODE --drive …` makes one.';
  return tableText(
    [
      { title: 'NODE' },
      { title: 'PROVEN' },
      { title: 'VERIFIED', align: 'right' },
      { title: 'TARGET' },
      { title: 'RECEIPT' },
    ],
    receipts.map((receipt) => [
      receipt.node,
      timeText(receipt.verifiedAt, now),
      formatBytes(receipt.verifiedBytes),
      receipt.target.path,
      receipt.id,
    ]),
  );
}

export function evidenceText(evidence: CardEvidence, now: Date): string {
  const facts = factsText([
    ['target', targetText(evidence.target)],
    ['verified', `${formatBytes(evidence.verifiedBytes)} read back${cacheNote(evidence)}`],
    ['checked', timeText(evidence.checkedAt, now)],
    ['receipt', evidence.receiptId],
  ]);
  if (evidence.matches)
    return `Proven: this is still the card that was made for ${evidence.node}.\n\n${facts}`;
  const places = evidence.mismatches
    .map(({ offset, length }) => `  ${formatBytes(length)} at ${offset}`)
    .join('\n');
  return `NOT the card that was made for ${evidence.node}: it differs in\n${places}\n\n${facts}\n\nNext: if the node has booted from it, that is expected; otherwise burn it again and distrust the medium.`;
}

/** `0:07 (38.2 MB/s)`. */
function pace(bytes: number, seconds: number): string {
  return seconds >= 0.1
    ? `${formatDuration(seconds)} (${formatRate(bytes / seconds, 'bytes')})`
    : 'less than 0.1 s';
}
