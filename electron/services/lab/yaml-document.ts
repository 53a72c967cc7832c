import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import { decodeText, type LabDocument, type Mistake, MistakesInFile, type Place } from './lab-document.ts';
import { onOneLine } from './plain-text.ts';
import { valueMissing } from './value-at.ts';
import { editYaml } from './yaml-edit.ts';

const byteOrderMark = '\ufeff';

/**
 * A YAML 1.2 file with its comments. Only plain data is taken: one document, text keys that are unique, no tags and
 * no aliases (with aliases a short file can expand to gigabytes, and a change would show in more than one place).
 * Throws MistakesInFile with all of them.
 */
export function parseYamlDocument(bytes: Uint8Array): LabDocument {
  return new YamlDocument(decodeText(bytes));
}

const tooDeep: Mistake = { message: 'is nested too deeply to be a lab file' };
const deepest = 100;

/** Looked at before the parser, which needs long for what is nested deeply and then overflows its stack. */
function isTooDeep(text: string): boolean {
  let brackets = 0;
  let indicators = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') brackets += 1;
    else if (token === ']' || token === '}') brackets -= 1;
    else if (token === '-' || token === '?') indicators += 1;
    else if (token === '\n' || token === '\r\n') indicators = 0;
    if (brackets > deepest || indicators > deepest) return true;
  }
  return false;
}

class YamlDocument implements LabDocument {
  readonly value: unknown;
  private readonly text: string;
  private readonly hasMark: boolean;
  private readonly document: Document.Parsed;
  private readonly lines = new LineCounter();

  constructor(text: string) {
    this.hasMark = text.startsWith(byteOrderMark);
    this.text = this.hasMark ? text.slice(1) : text;
    if (isTooDeep(this.text)) throw new MistakesInFile([tooDeep]);
    this.document = parseDocument(this.text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      // Found below: the library compares each key with each other one.
      uniqueKeys: false,
      stringKeys: true,
      prettyErrors: false,
      lineCounter: this.lines,
      logLevel: 'error',
    });
    const mistakes = this.mistakes();
    if (mistakes.length > 0) throw new MistakesInFile(mistakes);
    this.value = this.document.toJS({ maxAliasCount: 0 });
  }

  private mistakes(): Mistake[] {
    const { errors, warnings } = this.document;
    if (errors.some((error) => error.code === 'RESOURCE_EXHAUSTION')) {
      return [tooDeep];
    }
    const found = [...errors, ...warnings].map(({ code, message, pos }) => {
      const place = this.place(pos[0]);
      if (code === 'TAG_RESOLVE_FAILED')
        return { message: 'YAML tags (!…) are not allowed; write the plain value', place };
      if (code === 'MULTIPLE_DOCS') return { message: 'a second document (---) is not allowed', place };
      return { message: onOneLine(message), place };
    });
    visit(this.document, {
      Alias: (_key, node) => {
        found.push({
          message: 'YAML aliases (*name) are not allowed; write the value out',
          place: this.place(startOf(node)),
        });
      },
      Map: (_key, map) => {
        const seen = new Set<unknown>();
        for (const { key } of map.items) {
          if (!isScalar(key)) continue;
          const place = this.place(startOf(key));
          if (key.value === '__proto__') found.push({ message: 'the key __proto__ is not allowed', place });
          if (seen.has(key.value)) {
            found.push({ message: 'this key stands in the same map twice; remove one', place });
          }
          seen.add(key.value);
        }
      },
    });
    return found.toSorted((a, b) => a.place.line - b.place.line);
  }

  private place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  placeOf(path: readonly PropertyKey[]): Place | undefined {
    let node: unknown = this.document.contents;
    let offset = isNode(node) ? startOf(node) : 0;
    for (const part of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && item.key.value === String(part));
        if (!pair) break;
        // The place of a list or a map is the line of its key; that of a plain value is the value itself.
        offset = isScalar(pair.value) && pair.value.range ? pair.value.range[0] : startOf(pair.key);
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(part)];
        if (!isNode(node)) break;
        offset = startOf(node);
      } else break;
    }
    return this.place(offset);
  }

  withValue(path: readonly string[], value: unknown): string {
    const last = path.at(-1);
    const parent: unknown =
      path.length === 1 ? this.document.contents : this.document.getIn(path.slice(0, -1), true);
    if (last === undefined || !isCollection(parent)) throw valueMissing(path.slice(0, -1));
    if (
      isSeq(parent) &&
      last !== '-' &&
      (!/^(0|[1-9]\d*)$/.test(last) || Number(last) > parent.items.length)
    ) {
      throw valueMissing(path);
    }
    const key = isSeq(parent) && last === '-' ? String(parent.items.length) : last;
    const edited = editYaml(this.text, this.document, [...path.slice(0, -1), key], value);
    return this.hasMark ? byteOrderMark + edited : edited;
  }
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
