import type { CardChange, Receipt } from '../../../shared/schemas/card.ts';
import { cacheNote } from '../../../shared/read-back.ts';

/** A receipt as one page of plain text, to be printed or kept beside the card. */
export function receiptPage(receipt: Receipt): string {
  const lines = [
    `Recovery card for ${receipt.node}`,
    '='.repeat(18 + receipt.node.length),
    '',
    ...table([
      ['Node', `${receipt.node} (hostname ${receipt.hostname}, class ${receipt.nodeClass})`],
      ['Golden image', receipt.image.name],
      ['  file', `sha256:${receipt.image.fileSha256}`],
      ['  raw', `sha256:${receipt.image.rawSha256}, ${bytes(receipt.image.size)}`],
      ['Target', `${receipt.target.label} (${receipt.target.kind})`],
      ['  path', receipt.target.path],
      ['  identity', `${receipt.target.identity}, ${bytes(receipt.target.size)}`],
      ['Started', receipt.startedAt],
      ['Written', `${receipt.writtenAt}, ${bytes(receipt.writtenBytes)}`],
      [
        'Read back',
        `${receipt.verifiedAt}, ${bytes(receipt.verifiedBytes)} in ${receipt.ranges.length} ranges, all equal${cacheNote(receipt)}`,
      ],
      ['Not written', `${bytes(receipt.skippedBytes)} that the file systems mark as free`],
      ['Plan', `sha256:${receipt.planDigest}`],
      ['Receipt', `${receipt.id} (job ${receipt.jobId})`],
      ['Sifaka', receipt.sifakaVersion],
    ]),
    '',
    'What the card has that the golden image has not',
    '-----------------------------------------------',
    '',
    ...receipt.changes.flatMap(changeLines),
    '',
    'Digests that begin with hmac-sha256 are keyed: they can be checked on the machine that made this receipt, and tell',
    'nobody else anything about a secret.',
    '',
    `Next: ${receipt.nextStep}`,
    '',
  ];
  return lines.map(plain).join('\n');
}

function changeLines(change: CardChange): string[] {
  const owner = `${change.uid}:${change.gid}`;
  const where = change.partition === 'boot' ? `boot:${change.path}` : change.path;
  const what = change.kind === 'symlink' ? `${where} -> ${change.linkTarget ?? ''}` : where;
  return [
    `${change.mode}  ${owner.padEnd(11)}  ${what}${change.replaces ? '  (replaces)' : ''}${change.secret ? '  (secret)' : ''}`,
    `      ${change.reason}`,
    ...(change.digest === undefined ? [] : [`      ${change.digest}, ${bytes(change.size)}`]),
  ];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  return rows.map(([name, value]) => `${name.padEnd(13)} ${value}`);
}

function bytes(count: number): string {
  return `${count.toLocaleString('en-GB')} bytes`;
}

/** A path may hold anything that a file name can; a page that is shown in a terminal may not. */
function plain(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
}
