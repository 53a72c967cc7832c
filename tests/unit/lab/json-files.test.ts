import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonDocument } from '../../../electron/services/lab/json-document.ts';
import { JsonSyntaxError, parseJsonPlaces } from '../../../electron/services/lab/json-syntax.ts';
import { MistakesInFile } from '../../../electron/services/lab/lab-document.ts';
import { valueAt } from '../../../electron/services/lab/value-at.ts';

function document(text: string) {
  return parseJsonDocument(Buffer.from(text));
}

function mistakes(text: string | Uint8Array): string[] {
  try {
    parseJsonDocument(typeof text === 'string' ? Buffer.from(text) : text);
  } catch (error) {
    if (error instanceof MistakesInFile) {
      return error.mistakes.map(({ message, place }) => `${place?.line}:${place?.column} ${message}`);
    }
    throw error;
  }
  return [];
}

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof JsonSyntaxError) return false;
    throw error;
  }
}

/** JSON texts and texts that almost are. */
const almostJson = fc.oneof(
  fc.json(),
  fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"\\0-.eE \n\ttrfnu\u0001'.split('')))
    .map(([text, at, wrong]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + wrong + text.slice(index);
    }),
  fc.tuple(fc.json(), fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))),
  fc.string({ unit: fc.constantFrom(...'{}[],:"\\01-.eE \ntruefalsn'.split('')) }),
);

const keys = fc.string({ maxLength: 6 }).filter((key) => key !== '__proto__');
/** Paths of every place that can be set in a tree of lists and maps. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  const places = [[...path, Array.isArray(value) ? '-' : 'added']];
  for (const [key, item] of Object.entries(value)) {
    places.push(path.concat(key), ...placesIn(item, path.concat(key)));
  }
  return places;
}

describe('places in a JSON text', () => {
  it('accepts exactly what JSON.parse accepts', () => {
    fc.assert(
      fc.property(almostJson, (text) => {
        expect(accepts(parseJsonPlaces, text)).toBe(accepts(JSON.parse, text));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['{"a": 1,}', '1:9 a key in double quotes should stand here'],
    ['{\n  "a": 1\n  "b": 2\n}', '3:3 a comma or } should stand here'],
    ['{"a": 01}', '1:8 a comma or } should stand here'],
    ['{"a": [1, 2', '1:12 the file ends where a comma or ] should follow'],
    ['', '1:1 the file ends where a value should follow'],
    ["{'a': 1}", '1:2 a key in double quotes should stand here'],
    ['{"a": "x\ny"}', '1:7 this text has no end quote, a line break or a wrong \\ in it'],
    ['// note\n{}', '1:1 a value should stand here'],
    ['{"a": 1}\n{"b": 2}', '2:1 the end of the file should stand here'],
    ['{"a": 1,\n "b": {"c": 1, "c": 2}}', '2:16 the key c stands in the same map twice; remove one'],
    ['{"__proto__": {"admin": true}}', '1:2 the key __proto__ is not allowed'],
  ])('says where %j is wrong', (text, expected) => {
    expect(mistakes(text)).toEqual([expected]);
  });

  it('refuses what is nested too deeply, without a stack overflow', () => {
    expect(mistakes('['.repeat(100_000))[0]).toMatch(/nested too deeply/);
  });

  it('refuses text that is not UTF-8', () => {
    expect(mistakes(Buffer.from([0x7b, 0xff, 0x7d]))[0]).toMatch(/not UTF-8/);
    expect(mistakes(Buffer.from('\ufeff{}', 'utf16le'))[0]).toMatch(/UTF-16/);
  });
});

describe('an edit of a JSON text', () => {
  it('sets one value of any tree and changes no other, in any layout', () => {
    fc.assert(
      fc.property(
        fc.dictionary(keys, fc.jsonValue({ maxDepth: 3 }), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
        fc.nat(),
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom(undefined, 1, 2, 4, '\t'),
        fc.constantFrom('\n', '\r\n'),
        (tree, pick, value, indent, lineEnd) => {
          fc.pre(!JSON.stringify([tree, value]).includes('__proto__'));
          const text = JSON.stringify(tree, null, indent).replaceAll('\n', lineEnd);
          const places = placesIn(tree);
          const path = places[pick % places.length] ?? ['added'];
          const edited = document(text).withValue(path, value);
          const expected: unknown = structuredClone(JSON.parse(text));
          const parent = valueAt(expected, path.slice(0, -1)) as Record<string, unknown> | unknown[];
          const last = path.at(-1) ?? '';
          const plain: unknown = JSON.parse(JSON.stringify(value));
          if (Array.isArray(parent)) parent[last === '-' ? parent.length : Number(last)] = plain;
          else parent[last] = plain;
          expect(JSON.parse(edited)).toStrictEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('keeps what JSON.parse would lose: order of keys, digits, escapes, layout, line ends, byte order mark', () => {
    const text =
      '\ufeff{\r\n\t"13": 1.0,\r\n\t"2": 12345678901234567890,   "text": "\\u0041",\r\n\t"list": [ 1,2 ],\r\n\t"name": "old"\r\n}';
    expect(document(text).withValue(['name'], 'new')).toBe(text.replace('"old"', '"new"'));
    expect(document(text).withValue(['list', '-'], 3)).toBe(text.replace('1,2 ]', '1,2, 3 ]'));
    expect(document(text).withValue(['more'], [1])).toBe(
      text.replace('"old"', '"old",\r\n\t"more": [\r\n\t\t1\r\n\t]'),
    );
  });

  it('refuses a place whose parent is not there', () => {
    for (const path of [['b', 'c'], ['list', '5'], ['list', 'x'], ['a', 'b'], []]) {
      expect(() => document('{"a": 1, "list": [1]}').withValue(path, 1), path.join('/')).toThrow(
        /LAB_VALUE_MISSING/,
      );
    }
  });
});
