import type { NodeFile } from '../../../shared/schemas/bridge.ts';

/** One file of a node as a deploy finds it and leaves it. `keep`: it is right already, and part of the design. */
export interface PayloadFile {
  readonly action: 'create' | 'replace' | 'remove' | 'keep';
  readonly path: string;
  readonly before: NodeFile | undefined;
  readonly after: NodeFile | undefined;
}

export interface Payload {
  readonly program: string;
  /** Who deploys, for another operator who finds the node armed. */
  readonly who: string;
  /** One word that says what is deployed: `attempt2`, or `deploy:<id>` for what an earlier one put in place or found. */
  readonly design: string;
  readonly sourceDigest: string;
  /** Links whose state is kept and brought back: the bridge and its ports; none where no links belong to it. */
  readonly links: readonly string[];
  readonly files: readonly PayloadFile[];
}

/**
 * What `arm` reads on stdin: a line for each thing, its fields parted by one blank. The node checks every field again,
 * and takes nothing before the last line, so that a connection that ends in the middle arms nothing.
 */
export function payloadText(payload: Payload): string {
  const lines = [
    `program ${encoded(payload.program)}`,
    `who ${encoded(payload.who)}`,
    `design ${plainField(payload.design)} ${plainField(payload.sourceDigest)}`,
    ...payload.links.map((name) => `link ${plainField(name)}`),
  ];
  for (const { action, path, before, after } of payload.files) {
    const fields = [
      action,
      path,
      after?.owner ?? '-',
      after?.group ?? '-',
      after?.mode ?? '-',
      after?.sha256 ?? '-',
      before?.sha256 ?? '-',
    ];
    lines.push(`file ${fields.map(plainField).join(' ')}`);
    if (after !== undefined && (action === 'create' || action === 'replace'))
      lines.push(`content ${nodeFileBytes(after).toString('base64')}`);
  }
  return `${[...lines, 'end'].join('\n')}\n`;
}

/** The content of a file, byte for byte. */
export function nodeFileBytes({ text, base64 }: Pick<NodeFile, 'text' | 'base64'>): Buffer {
  return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** What has a blank or a control character in it would become another line or field; all of these were checked before. */
function plainField(field: string): string {
  if (!/^[!-~]+$/.test(field)) throw new TypeError('a field for a node has a character that no field has');
  return field;
}
