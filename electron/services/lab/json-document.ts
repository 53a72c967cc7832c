import {
  decodeText,
  type LabDocument,
  lineEndOf,
  type Mistake,
  MistakesInFile,
  type Place,
} from './lab-document.ts';
import { type JsonNode, JsonSyntaxError, parseJsonPlaces } from './json-syntax.ts';
import { onOneLine } from './plain-text.ts';
import { valueMissing } from './value-at.ts';

/** A strict JSON file (a byte order mark is allowed). Throws MistakesInFile; duplicate keys and `__proto__` are mistakes. */
export function parseJsonDocument(bytes: Uint8Array): JsonDocument {
  return new JsonDocument(decodeText(bytes));
}

export class JsonDocument implements LabDocument {
  readonly value: unknown;
  readonly root: JsonNode;
  private readonly text: string;
  private readonly start: number;
  /** Offsets of the lines. */
  private readonly lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    this.start = text.startsWith('\ufeff') ? 1 : 0;
    this.lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    // The mark counts as a blank, so that places stay those of the text.
    const body = this.start === 1 ? ` ${text.slice(1)}` : text;
    try {
      this.root = parseJsonPlaces(body);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      throw new MistakesInFile([{ message: error.message, place: this.placeAt(error.offset) }]);
    }
    const mistakes = this.keyMistakes(this.root);
    if (mistakes.length > 0) throw new MistakesInFile(mistakes);
    this.value = JSON.parse(body);
  }

  private keyMistakes(node: JsonNode): Mistake[] {
    const seen = new Set<string>();
    const own = node.members.flatMap(({ key, keyStart }): Mistake[] => {
      const place = this.placeAt(keyStart);
      if (key === '__proto__') return [{ message: 'the key __proto__ is not allowed', place }];
      if (seen.has(key))
        return [{ message: `the key ${onOneLine(key, 80)} stands in the same map twice; remove one`, place }];
      seen.add(key);
      return [];
    });
    const below = [...node.members.map(({ value }) => value), ...node.items];
    return [...own, ...below.flatMap((child) => this.keyMistakes(child))];
  }

  private placeAt(offset: number): Place {
    const { lineStarts } = this;
    let line = 0;
    for (let above = lineStarts.length; line + 1 < above; ) {
      const middle = Math.trunc((line + above) / 2);
      if ((lineStarts[middle] ?? 0) <= offset) line = middle;
      else above = middle;
    }
    const column = offset - (lineStarts[line] ?? 0) + 1;
    return { line: line + 1, column: line === 0 ? Math.max(1, column - this.start) : column };
  }

  placeOf(path: readonly PropertyKey[]): Place | undefined {
    let node = this.root;
    let offset = node.start;
    for (const part of path) {
      const member = node.members.find(({ key }) => key === String(part));
      const next = member?.value ?? (node.kind === 'array' ? node.items[Number(part)] : undefined);
      if (!next) break;
      offset = member && next.kind !== 'plain' ? member.keyStart : next.start;
      node = next;
    }
    return this.placeAt(offset);
  }

  withValue(path: readonly string[], value: unknown): string {
    const last = path.at(-1);
    const parent = this.nodeAt(path.slice(0, -1));
    if (last === undefined || !parent || parent.kind === 'plain') throw valueMissing(path.slice(0, -1));
    const old = childOf(parent, last);
    if (old) return this.spliced(old.start, old.end, this.written(value, this.indentAt(old.start)));
    if (parent.kind === 'object') return this.withChild(parent, value, `${JSON.stringify(last)}: `);
    if (last !== '-' && last !== String(parent.items.length)) throw valueMissing(path);
    return this.withChild(parent, value, '');
  }

  nodeAt(path: readonly string[]): JsonNode | undefined {
    let node: JsonNode | undefined = this.root;
    for (const part of path) node = node && childOf(node, part);
    return node;
  }

  /** The text with one more child at the end of a list or a map. */
  private withChild(parent: JsonNode, value: unknown, key: string): string {
    const children = parent.kind === 'object' ? parent.members : parent.items;
    const lastChild = parent.kind === 'object' ? parent.members.at(-1)?.value : parent.items.at(-1);
    if (!lastChild) {
      const outer = this.indentAt(parent.start);
      const inner = outer + this.unit();
      const [open, close] = parent.kind === 'object' ? ['{', '}'] : ['[', ']'];
      const end = lineEndOf(this.text);
      const text = `${open}${end}${inner}${key}${this.written(value, inner)}${end}${outer}${close}`;
      return this.spliced(parent.start, parent.end, text);
    }
    const first = parent.kind === 'object' ? parent.members[0]?.keyStart : parent.items[0]?.start;
    const between = this.text.slice(parent.start + 1, first ?? parent.start + 1);
    if (!between.includes('\n')) {
      // The list or map stands on one line: the new child joins it.
      const blank = children.length > 1 || between === '' ? ' ' : between;
      return this.spliced(lastChild.end, lastChild.end, `,${blank}${key}${JSON.stringify(value)}`);
    }
    const indent = between.slice(between.lastIndexOf('\n') + 1);
    return this.spliced(
      lastChild.end,
      lastChild.end,
      `,${lineEndOf(this.text)}${indent}${key}${this.written(value, indent)}`,
    );
  }

  private written(value: unknown, indent: string): string {
    const end = lineEndOf(this.text);
    return JSON.stringify(value, null, this.unit() || undefined).replaceAll('\n', `${end}${indent}`);
  }

  private spliced(start: number, end: number, text: string): string {
    return this.text.slice(0, start) + text + this.text.slice(end);
  }

  /** The blanks the line of an offset begins with. */
  private indentAt(offset: number): string {
    const lineStart = this.text.lastIndexOf('\n', offset - 1) + 1;
    return /^[ \t]*/.exec(this.text.slice(lineStart, offset))?.[0] ?? '';
  }

  /** What one level is indented by: the first indented line's blanks, or two. */
  private unit(): string {
    return /\n([ \t]+)\S/.exec(this.text)?.[1] ?? '  ';
  }
}

function childOf(node: JsonNode, part: string): JsonNode | undefined {
  if (node.kind === 'object') return node.members.find(({ key }) => key === part)?.value;
  return /^(0|[1-9]\d*)$/.test(part) ? node.items[Number(part)] : undefined;
}
