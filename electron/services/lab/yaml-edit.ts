import { isDeepStrictEqual } from 'node:util';
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { lineEndOf } from './lab-document.ts';

type Collection = YAMLMap | YAMLSeq;

/** The file's own habits. */
interface Style {
  readonly lineWidth: 0;
  readonly indent: number;
  readonly indentSeq: boolean;
  readonly flowCollectionPadding: boolean;
}

/**
 * The text with one value set or added. `path` ends with an existing key or index, a new key, or the length of a list,
 * in a collection that is there.
 *
 * The value is put into the text where it belongs, so that nothing else changes by a blank. Only if that text does not
 * read back as what was asked for does the library write the whole file anew: it keeps the comments, not the layout.
 */
export function editYaml(
  text: string,
  document: Document.Parsed,
  path: readonly string[],
  value: unknown,
): string {
  const style = styleOf(text);
  const copy = document.clone();
  copy.setIn(path, copy.createNode(value));
  const expected: unknown = copy.toJS();
  const spliced = splice(text, document, path, value, style);
  if (spliced !== undefined && readsAs(spliced, expected)) return spliced;
  const rewritten = copy.toString(style);
  return lineEndOf(text) === '\r\n' ? rewritten.replaceAll(/\r?\n/g, '\r\n') : rewritten;
}

function readsAs(text: string, expected: unknown): boolean {
  const again = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    uniqueKeys: false,
    logLevel: 'error',
  });
  return again.errors.length === 0 && isDeepStrictEqual(again.toJS(), expected);
}

function styleOf(text: string): Style {
  return {
    lineWidth: 0,
    indent: /^( {2,8})[^\s#-]/m.exec(text)?.[1]?.length ?? 2,
    indentSeq: !/^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1- /m.test(text),
    flowCollectionPadding: !/[[{][^\s\]}]/.test(text),
  };
}

function splice(
  text: string,
  document: Document.Parsed,
  path: readonly string[],
  value: unknown,
  style: Style,
): string | undefined {
  const parentPath = path.slice(0, -1);
  const key = path.at(-1) ?? '';
  const parent: unknown = parentPath.length === 0 ? document.contents : document.getIn(parentPath, true);
  if (!isMap(parent) && !isSeq(parent)) return undefined;
  const old = isMap(parent) ? pairOf(parent, key)?.value : parent.items[Number(key)];
  if (old !== undefined) return isNode(old) ? replaced(text, parent, key, old, value, style) : undefined;
  if (parent.items.length > 0) return added(text, parent, key, value, style);
  if (parentPath.length === 0) return undefined;
  return splice(text, document, parentPath, isSeq(parent) ? [value] : { [key]: value }, style);
}

function replaced(
  text: string,
  parent: Collection,
  key: string,
  old: Node,
  value: unknown,
  style: Style,
): string | undefined {
  if (!old.range) return undefined;
  const [start] = old.range;
  const end = trimmedEnd(text, old.range[1]);
  const inBlock = isCollection(old) && !old.flow;
  const staysInline =
    isInline(value) || parent.flow || (isCollection(old) && old.flow && old.items.length > 0);
  if (!inBlock && staysInline) {
    const quote =
      isScalar(old) && (old.type === 'QUOTE_SINGLE' || old.type === 'QUOTE_DOUBLE') ? old.type : undefined;
    return text.slice(0, start) + inline(value, style, quote) + text.slice(end);
  }
  if (isSeq(parent)) {
    const column = start - lineStart(text, start);
    return (
      text.slice(0, start) +
      (staysInline ? inline(value, style) : block(text, value, column, style).trimStart()) +
      text.slice(end)
    );
  }
  const keyNode = pairOf(parent, key)?.key;
  if (!isScalar(keyNode) || !keyNode.range) return undefined;
  const column = keyNode.range[0] - lineStart(text, keyNode.range[0]);
  const lines = block(
    text,
    value,
    column + (Array.isArray(value) && !style.indentSeq ? 0 : style.indent),
    style,
  );
  if (inBlock) {
    const from = lineStart(text, start);
    if (!staysInline) return text.slice(0, from) + lines + text.slice(end);
    const colon = text.indexOf(':', keyNode.range[1]) + 1;
    return `${text.slice(0, colon)} ${inline(value, style)}${text.slice(colon, from).trimEnd()}${text.slice(end)}`;
  }
  // The value leaves its line; a comment after it stays there.
  const rest = lineEndAt(text, end);
  return text.slice(0, start).trimEnd() + text.slice(end, rest) + lineEndOf(text) + lines + text.slice(rest);
}

function added(
  text: string,
  parent: Collection,
  key: string,
  value: unknown,
  style: Style,
): string | undefined {
  const last = isMap(parent) ? parent.items.at(-1)?.value : parent.items.at(-1);
  if (!parent.range || !isNode(last) || !last.range) return undefined;
  const name = isMap(parent) ? `${inline(key, style)}: ` : '';
  const end = trimmedEnd(text, last.range[1]);
  if (parent.flow) return `${text.slice(0, end)}, ${name}${inline(value, style)}${text.slice(end)}`;
  const at = lineEndAt(text, end);
  const column = parent.range[0] - lineStart(text, parent.range[0]);
  const indent = ' '.repeat(column);
  const before = text.slice(0, at) + lineEndOf(text) + indent;
  if (isSeq(parent)) {
    const item = isInline(value) ? inline(value, style) : block(text, value, column + 2, style).trimStart();
    return `${before}- ${item}${text.slice(at)}`;
  }
  if (isInline(value)) return `${before}${name}${inline(value, style)}${text.slice(at)}`;
  const inner = column + (Array.isArray(value) && !style.indentSeq ? 0 : style.indent);
  return before + name.trimEnd() + lineEndOf(text) + block(text, value, inner, style) + text.slice(at);
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((item) => isScalar(item.key) && item.key.value === key);
}

/** Whether a value stands on the line of its key. */
function isInline(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

function inline(value: unknown, style: Style, quote?: 'QUOTE_SINGLE' | 'QUOTE_DOUBLE'): string {
  if (typeof value === 'string' && /[\n\r]/.test(value)) return JSON.stringify(value);
  const options = {
    ...style,
    ...(quote && typeof value === 'string'
      ? { defaultStringType: quote, defaultKeyType: 'PLAIN' as const }
      : {}),
  };
  return stringify(value, { ...options, collectionStyle: 'flow', version: '1.2', schema: 'core' }).trimEnd();
}

/** Lines without the last line end, each indented. */
function block(text: string, value: unknown, column: number, style: Style): string {
  const lines = stringify(value, { ...style, version: '1.2', schema: 'core' })
    .trimEnd()
    .split('\n');
  return lines.map((line) => (line === '' ? line : ' '.repeat(column) + line)).join(lineEndOf(text));
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line of an offset ends, before its line end. */
function lineEndAt(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end === -1) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}

/** The end of what is written: a block's range may go on to the start of the next line. */
function trimmedEnd(text: string, end: number): number {
  return text.slice(0, end).trimEnd().length;
}
