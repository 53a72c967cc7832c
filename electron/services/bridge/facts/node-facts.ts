import type { NodeFile } from '../../../../shared/schemas/bridge.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { designFile } from '../design/design-file.ts';
import { type AnswerLine, textOf } from './answer-lines.ts';
import { type DeployState, parseDeployState } from './deploy-state.ts';
import { type LinkFacts, parseLinks } from './links.ts';
import { type Management, parseManagement } from './management.ts';

/**
 * What is at a path: `behind` is one whose folder is no folder or is reached through a link; `large` has more than 256
 * KiB, and its content was not read.
 */
export type FileFacts =
  | { readonly kind: 'file'; readonly file: NodeFile }
  | { readonly kind: 'absent' | 'link' | 'directory' | 'other' | 'behind' | 'large' };

/** All that a plan needs to know of a node. */
export interface NodeBridgeFacts {
  readonly isRoot: boolean;
  /** Programs of `planScript` that the node has; `systemd` is there when it runs. */
  readonly tools: readonly string[];
  readonly links: readonly LinkFacts[];
  readonly management?: Management;
  readonly state: DeployState;
  /** Management interfaces that ifupdown2 would change although nobody asked for that. */
  readonly pending: readonly string[];
  readonly files: ReadonlyMap<string, FileFacts>;
  readonly kernel: readonly string[];
  readonly units: readonly { readonly name: string; readonly state: string }[];
}

/** As `planScript` cuts a content, and one byte more. */
const largest = 256 * 1024;

/** What `planScript` answered about these paths, in their order; `undefined` when it is not such an answer. */
export function parseNodeFacts(
  lines: readonly AnswerLine[],
  paths: readonly string[],
): NodeBridgeFacts | undefined {
  const links = parseLinks(textOf(lines, 'links'));
  const state = parseDeployState(lines);
  const files = parseFiles(lines, paths);
  if (links === undefined || links.length === 0 || state === undefined || files === undefined)
    return undefined;
  const management = parseManagement(lines);
  return {
    isRoot: textOf(lines, 'user').trim() === '0',
    tools: textLines(textOf(lines, 'tools'), 64),
    links,
    ...(management === undefined ? {} : { management }),
    state,
    pending: textLines(textOf(lines, 'pending'), 32),
    files,
    kernel: textLines(textOf(lines, 'kernel'), 300).slice(-20),
    units: lines
      .filter(({ word }) => word === 'unit')
      .flatMap(({ content }) => parseUnit(content.toString('utf8'))),
  };
}

function parseFiles(
  lines: readonly AnswerLine[],
  paths: readonly string[],
): Map<string, FileFacts> | undefined {
  const files = new Map<string, FileFacts>();
  for (const [index, { word, content }] of lines.entries()) {
    if (!isKind(word)) continue;
    const path = paths[files.size];
    if (path === undefined || content.toString('latin1') !== String(files.size)) return undefined;
    const facts = word === 'file' ? parseFile(path, lines.slice(index + 1, index + 3)) : { kind: word };
    if (facts === undefined) return undefined;
    files.set(path, facts);
  }
  return files.size === paths.length ? files : undefined;
}

function isKind(word: string): word is Exclude<FileFacts['kind'], 'large'> {
  return ['absent', 'file', 'link', 'directory', 'other', 'behind'].includes(word);
}

/** The two lines below a file: what stat(1) says of it, and its content. It may be gone by then, which is an answer too. */
function parseFile(path: string, [status, content]: readonly AnswerLine[]): FileFacts | undefined {
  if (status?.word !== 'status' || content?.word !== 'content') return undefined;
  const said = status.content.toString('utf8');
  if (said === '') return { kind: 'absent' };
  const [, owner, group, mode] = /^([^/\n]{1,64})\/([^/\n]{1,64})\/([0-7]{1,4})\/\d+\n$/.exec(said) ?? [];
  if (owner === undefined || group === undefined || mode === undefined) return undefined;
  if (content.content.length > largest) return { kind: 'large' };
  const ownership = { owner: onOneLine(owner, 64), group: onOneLine(group, 64), mode: mode.padStart(4, '0') };
  return { kind: 'file', file: designFile(path, content.content, ownership) };
}

/** `systemctl show`: lines of `Name=value`. */
function parseUnit(text: string): { name: string; state: string }[] {
  const values = new Map(text.split('\n').map((line) => splitAt(line, '=')));
  const name = onOneLine(values.get('Id') ?? '', 120);
  if (name === '' || values.get('LoadState') === 'not-found') return [];
  const state = `${values.get('ActiveState') ?? '?'} (${values.get('SubState') ?? '?'})`;
  return [{ name, state: onOneLine(state, 80) }];
}

function splitAt(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

function textLines(text: string, longest: number): string[] {
  return text
    .split('\n')
    .map((line) => onOneLine(line, longest))
    .filter((line) => line !== '');
}
