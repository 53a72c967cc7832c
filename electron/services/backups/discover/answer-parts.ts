import { onOneLine } from '../../lab/plain-text.ts';
import { codeOfCut } from './discover-script.ts';

/** What one command of `discoverScript` said. */
export type AnswerPart =
  | { readonly kind: 'said'; readonly text: string; readonly bytes: number }
  /** `why`: its last words on stderr, on one line; empty when it had none. */
  | { readonly kind: 'failed'; readonly code: number; readonly why: string }
  /** It had not ended when the answer was given. */
  | { readonly kind: 'late' };

export interface NodeAnswer {
  /** Seconds since 1970 by the node's clock: when it began, and when it had ended. */
  readonly began: number;
  readonly ended: number;
  readonly user: number;
  /** What Proxmox calls the node; missing when there is no Proxmox. */
  readonly node?: string;
  /** What manages guests where there is no Proxmox. */
  readonly other?: 'libvirt' | 'none';
  /** By their names: `guests`, `content-nas`. */
  readonly parts: ReadonlyMap<string, AnswerPart>;
}

/** Storages with two parts each, addresses, and what is always there. */
const mostLines = 400;

/** `undefined` when that is not a whole answer of the script. */
export function answerOf(output: Buffer): NodeAnswer | undefined {
  const lines = output.toString('latin1').split('\n');
  if (lines.length > mostLines || lines.pop() !== '') return undefined;
  if (lines.shift() !== 'sifaka-backup-facts/1' || lines.pop() !== 'end') return undefined;
  const began = numberAfter('clock', lines.shift());
  const ended = numberAfter('clock', lines.pop());
  const user = numberAfter('user', lines.shift());
  if (began === undefined || ended === undefined || user === undefined) return undefined;
  const times = { began, ended, user };
  const [, kind, name] = /^(other|node) ([A-Za-z0-9][A-Za-z0-9-]{0,62})$/.exec(lines.shift() ?? '') ?? [];
  if (kind === 'other') {
    if ((name !== 'libvirt' && name !== 'none') || lines.length > 0) return undefined;
    return { ...times, other: name, parts: new Map() };
  }
  const parts = partsOf(lines);
  return name === undefined || parts === undefined ? undefined : { ...times, node: name, parts };
}

function partsOf(lines: readonly string[]): Map<string, AnswerPart> | undefined {
  const parts = new Map<string, AnswerPart>();
  for (const line of lines) {
    const [, word, code, content] =
      /^([a-z]+(?:-[A-Za-z0-9_.-]{1,100})?) (\d{1,3}|late) ([A-Za-z0-9+/]*={0,2})$/.exec(line) ?? [];
    if (word === undefined || code === undefined || content === undefined || parts.has(word))
      return undefined;
    parts.set(word, partOf(code, Buffer.from(content, 'base64')));
  }
  return parts;
}

function partOf(code: string, content: Buffer): AnswerPart {
  if (code === 'late') return { kind: 'late' };
  if (code === '0' || Number(code) === codeOfCut)
    return { kind: 'said', text: content.toString('utf8'), bytes: content.length };
  const said = content
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim());
  return {
    kind: 'failed',
    code: Number(code),
    why: onOneLine(said.findLast((line) => line !== '') ?? '', 200),
  };
}

function numberAfter(word: string, line: string | undefined): number | undefined {
  const [, said, digits] = /^([a-z]+) (\d{1,12})$/.exec(line ?? '') ?? [];
  return said === word ? Number(digits) : undefined;
}
