import * as fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { MistakesInFile } from '../../../electron/services/lab/lab-document.ts';
import { parseYamlDocument } from '../../../electron/services/lab/yaml-document.ts';

function document(text: string) {
  return parseYamlDocument(Buffer.from(text));
}

function mistakes(text: string): string[] {
  try {
    document(text);
  } catch (error) {
    if (error instanceof MistakesInFile) {
      return error.mistakes.map(({ message, place }) =>
        place ? `${place.line}:${place.column} ${message}` : message,
      );
    }
    throw error;
  }
  return [];
}

const inventory = `# The lab's machines.
schema: sifaka.inventory/1   # never change

nodes:
    # The storage node.
    titan-13:
        class: 'storage'     # quoted
        addresses: [192.168.22.41/24]


        recoverable: true
        labels: {}
        hooks:
        - source: a
          mode: "0644"   # octal
`;

describe('a YAML file', () => {
  it.each([
    ['a: 1\na: 2\n', '2:1 this key stands in the same map twice; remove one'],
    ['a: &x 1\nb: *x\n', '2:4 YAML aliases (*name) are not allowed; write the value out'],
    ['a: &a [*a]\n', '1:8 YAML aliases (*name) are not allowed; write the value out'],
    ['a: *unknown\n', '1:4 YAML aliases (*name) are not allowed; write the value out'],
    ['a:\n  __proto__: {admin: true}\n', '2:3 the key __proto__ is not allowed'],
    ['a: !!js/function "x"\n', '1:4 YAML tags (!…) are not allowed; write the plain value'],
    ['a: 1\n---\nb: 2\n', '2:1 a second document (---) is not allowed'],
    ['a:\n\tb: 1\n', '2:1 Tabs are not allowed as indentation'],
  ])('says where %j is wrong', (text, expected) => {
    expect(mistakes(text)).toContain(expected);
  });

  it('is refused before a bomb of aliases expands', () => {
    const lines = Array.from(
      { length: 30 },
      (_, level) =>
        `l${level}: &l${level} [${Array(9)
          .fill(level === 0 ? '"lol"' : `*l${level - 1}`)
          .join(', ')}]`,
    );
    expect(mistakes(lines.join('\n')).length).toBe(29 * 9);
  });

  it('is refused when it is nested too deeply', () => {
    for (const part of ['[', '{a: ', '- ', '? ']) {
      expect(mistakes(part.repeat(1_000_000))).toEqual(['is nested too deeply to be a lab file']);
    }
    expect(mistakes(Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''))).toEqual(
      ['is nested too deeply to be a lab file'],
    );
    expect(mistakes('- [a]\n'.repeat(300))).toEqual([]);
  });

  it('with very many keys is read all the same', () => {
    const text = Array.from({ length: 20_000 }, (_, number) => `k${number}: 1\n`).join('');
    expect(Object.keys(Object(document(text).value))).toHaveLength(20_000);
    expect(mistakes(`${text}k7: 2\n`)).toEqual(['20001:1 this key stands in the same map twice; remove one']);
  });

  it('lists every mistake, in the order of the file', () => {
    expect(mistakes('a: *x\nb: 1\nb: 2\nc: !t 1\n').map((line) => line.slice(0, 1))).toEqual(['1', '3', '4']);
  });

  it('reads words as YAML 1.2 does: yes, on and 0123 are no booleans or octal numbers', () => {
    expect(document('%YAML 1.1\n---\na: yes\nb: on\nc: 0123\n13: x\n').value).toEqual({
      a: 'yes',
      b: 'on',
      c: 123,
      '13': 'x',
    });
  });

  it('knows the places of keys and values, and of what is around a missing one', () => {
    const places = document(inventory);
    expect(places.placeOf(['nodes', 'titan-13', 'class'])).toEqual({ line: 7, column: 16 });
    expect(places.placeOf(['nodes', 'titan-13', 'addresses', 0])).toEqual({ line: 8, column: 21 });
    expect(places.placeOf(['nodes', 'titan-13', 'hooks', 0, 'mode'])).toEqual({ line: 15, column: 17 });
    expect(places.placeOf(['nodes', 'titan-13', 'missing'])).toEqual({ line: 6, column: 5 });
    expect(places.placeOf([])).toEqual({ line: 2, column: 1 });
  });
});

describe('an edit of a YAML file', () => {
  it.each([
    [['nodes', 'titan-13', 'class'], 'fast', "'storage' ", "'fast' "],
    [['nodes', 'titan-13', 'recoverable'], false, 'recoverable: true', 'recoverable: false'],
    [['nodes', 'titan-13', 'addresses', '0'], '10.0.0.1/8', '[192.168.22.41/24]', '[10.0.0.1/8]'],
    [['nodes', 'titan-13', 'hooks', '0', 'source'], 'a: b # c', 'source: a', 'source: "a: b # c"'],
    [['nodes', 'titan-13', 'recoverable'], null, 'recoverable: true', 'recoverable: null'],
    [['nodes', 'titan-13', 'recoverable'], 'true', 'recoverable: true', 'recoverable: "true"'],
  ])('of %j to %j changes those characters and nothing else', (path, value, before, after) => {
    expect(document(inventory).withValue(path, value)).toBe(inventory.replace(before, after));
    const windows = inventory.replaceAll('\n', '\r\n');
    expect(document(windows).withValue(path, value)).toBe(windows.replace(before, after));
    expect(document(`\ufeff${inventory}`).withValue(path, value)).toBe(
      `\ufeff${inventory.replace(before, after)}`,
    );
  });

  it.each([
    [
      ['nodes', 'titan-13', 'labels'],
      { rack: 'a', list: [1] },
      '        labels: {}\n',
      '        labels:\n            rack: a\n            list:\n              - 1\n',
    ],
    [
      ['nodes', 'titan-13', 'labels', 'rack'],
      'a',
      '        labels: {}\n',
      '        labels:\n            rack: a\n',
    ],
    [
      ['nodes', 'titan-13', 'class'],
      { a: 1 },
      "class: 'storage'     # quoted\n",
      'class:     # quoted\n            a: 1\n',
    ],
    [
      ['nodes', 'titan-13', 'addresses'],
      ['10.0.0.1/8', '::1/64'],
      '[192.168.22.41/24]',
      '[10.0.0.1/8, ::1/64]',
    ],
    [['nodes', 'titan-13', 'addresses', '-'], '10.0.0.1/8', '22.41/24]', '22.41/24, 10.0.0.1/8]'],
    [
      ['nodes', 'titan-13', 'hooks', '-'],
      { source: 'b', n: [1] },
      '# octal\n',
      '# octal\n        - source: b\n          n:\n            - 1\n',
    ],
    [['nodes', 'titan-13', 'hooks', '0', 'owner'], '0:0', '# octal\n', '# octal\n          owner: 0:0\n'],
    [
      ['nodes', 'titan-13', 'hooks', '0'],
      { source: 'c' },
      'source: a\n          mode: "0644"   # octal\n',
      'source: c\n',
    ],
    [
      ['nodes', 'titan-13', 'hooks'],
      [],
      'hooks:\n        - source: a\n          mode: "0644"   # octal\n',
      'hooks: []\n',
    ],
    [['nodes', 'titan-15'], { class: 'x' }, '# octal\n', '# octal\n    titan-15:\n        class: x\n'],
    [['more'], [{ a: 1 }], '# octal\n', '# octal\nmore:\n- a: 1\n'],
  ])('of %j to %j changes only those lines', (path, value, before, after) => {
    expect(inventory).toContain(before);
    expect(document(inventory).withValue(path, value)).toBe(inventory.replace(before, after));
    const windows = inventory.replaceAll('\n', '\r\n');
    expect(document(windows).withValue(path, value)).toBe(
      windows.replace(before.replaceAll('\n', '\r\n'), after.replaceAll('\n', '\r\n')),
    );
  });

  it('keeps what stands after a block that is replaced', () => {
    const text = 'a:\n  b:\n    - 1\n  # about c\n  c: 1\n\n# about d\nd: 1\n';
    expect(document(text).withValue(['a', 'b'], [2, 3])).toBe(
      text.replace('    - 1\n', '    - 2\n    - 3\n'),
    );
    expect(document(text).withValue(['a'], { x: 1 })).toBe('a:\n  x: 1\n\n# about d\nd: 1\n');
    expect(document(text).withValue(['a', 'e'], 2)).toBe(text.replace('  c: 1\n', '  c: 1\n  e: 2\n'));
  });

  it('keeps the comments where the library has to write the file anew', () => {
    // The blank line at the end belongs to the text of `b`, so a key after it cannot just be put into the file.
    const text = '# top\na: {x: 1, # inner\n  y: 2}\n# middle\nb: |+\n  line\n\n';
    const edited = document(text).withValue(['c'], 1);
    expect(parse(edited)).toEqual({ a: { x: 1, y: 2 }, b: 'line\n\n', c: 1 });
    for (const comment of ['# top', '# middle', '# inner']) expect(edited).toContain(comment);
  });

  it('keeps CRLF when more than one line changes', () => {
    const edited = document(inventory.replaceAll('\n', '\r\n')).withValue(['nodes', 'titan-13', 'labels'], {
      a: 'b',
    });
    expect(edited.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(parse(edited).nodes['titan-13'].labels).toEqual({ a: 'b' });
  });

  it('appends to a list with - and with its length', () => {
    for (const last of ['-', '1']) {
      const edited = document(inventory).withValue(['nodes', 'titan-13', 'hooks', last], { source: 'b' });
      expect(parse(edited).nodes['titan-13'].hooks[1]).toEqual({ source: 'b' });
    }
  });

  it('refuses a place whose parent is not there', () => {
    for (const path of [
      ['x', 'y'],
      ['nodes', 'titan-13', 'hooks', '7'],
      ['nodes', 'titan-13', 'hooks', 'x'],
      ['schema', 'x'],
      [],
    ]) {
      expect(() => document(inventory).withValue(path, 1), path.join('/')).toThrow(/LAB_VALUE_MISSING/);
    }
  });

  it('sets any text in any place to exactly that text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('yes', '~', '0x1', '- a', '? b', '#c', ' d', '1e3', '"', "'", '@x', '%y', '| z'),
    );
    fc.assert(
      fc.property(text, text, (old, value) => {
        fc.pre(old.isWellFormed() && value.isWellFormed());
        const before = { a: 1, list: [{ name: old }], z: old };
        const file = document(stringify(before));
        expect(parse(file.withValue(['list', '0', 'name'], value))).toEqual({
          ...before,
          list: [{ name: value }],
        });
        expect(parse(file.withValue(['z'], value))).toEqual({ ...before, z: value });
      }),
      { numRuns: 200 },
    );
  });
});
