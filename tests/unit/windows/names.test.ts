import { describe, expect, it } from 'vitest';
import { labPathParts } from '../../../electron/services/lab/lab-path.ts';
import { checkPathText } from '../../../electron/services/drives/target-path.ts';
import { isLocalFilePath } from '../../../electron/services/drives/launch/local-path.ts';
import { plainNameSchema } from '../../../shared/schemas/names.ts';
import { whyNotOnWindows } from '../../../shared/windows-names.ts';

/** Of "Naming Files, Paths, and Namespaces" (learn.microsoft.com), with what else Windows takes for them. */
const devices = ['CON', 'prn', 'Aux', 'nul', 'COM1', 'lpt9', 'COM0', 'com¹', 'LPT³', 'CONIN$', 'conout$'];
const spelledOut = devices.flatMap((name) => [name, `${name}.txt`, `${name}.tar.gz`, `${name} .txt`]);
const otherwise = ['a:stream', 'a:', 'a?', 'a*', '<a', 'a>', 'a"b', 'a|b', 'a\\b', 'a.', 'a ', '...'];
const ordinary = [
  'console',
  'con-1',
  'nuls.txt',
  'com',
  'com10',
  'lpt',
  'a.con',
  'aux_',
  '.con',
  'ünï 1.img',
  '..a',
];

describe('a name of a file', () => {
  it.each([...spelledOut, ...otherwise])('%j is not what it says on Windows', (name) => {
    expect(whyNotOnWindows(name)).toBeDefined();
  });

  it.each(ordinary)('%j is one everywhere', (name) => {
    expect(whyNotOnWindows(name)).toBeUndefined();
  });
});

describe('what is made from names of the lab', () => {
  it.each([...spelledOut, ...otherwise])('is refused on every system, because labs travel: %j', (name) => {
    expect(() => labPathParts(`metis/hooks/${name}`)).toThrow(/LAB_PATH_ESCAPES/);
    expect(() => labPathParts(`${name}/file`)).toThrow(/LAB_PATH_ESCAPES/);
    expect(plainNameSchema.safeParse(name.toLowerCase()).success).toBe(false);
  });

  it.each(ordinary)('%j is a path of the lab', (name) => {
    expect(labPathParts(`metis/${name}`)).toEqual(['metis', name]);
  });

  it.each(['con', 'nul.img', 'com1'])('no virtual drive is named %j', (name) => {
    expect(plainNameSchema.safeParse(name).success).toBe(false);
  });
});

describe('a card file on Windows', () => {
  it.each([...spelledOut, ...otherwise.filter((name) => !/[\\]/.test(name))])('is not named %j', (name) => {
    expect(() => checkPathText(`C:\\cards\\${name}`, 'win32')).toThrow(/TARGET_NAME_INVALID/);
    expect(() => checkPathText(`C:\\${name}\\card.img`, 'win32')).toThrow(/TARGET_NAME_INVALID/);
  });

  it.each([...ordinary, `${'long'.repeat(60)}.img`])('may be named %j', (name) => {
    expect(() => checkPathText(`C:\\cards\\${name}`, 'win32')).not.toThrow();
    expect(() => checkPathText(`\\\\server\\cards\\${name}`, 'win32')).not.toThrow();
  });

  it('may lie deeper than MAX_PATH: Node opens by the long form of every path', () => {
    expect(() => checkPathText(`C:\\${'folder\\'.repeat(80)}card.img`, 'win32')).not.toThrow();
  });
});

describe('a path that the elevated writer opens', () => {
  it.each([
    '/cards/../a.img',
    'a.img',
    '//server/share/a.img',
    '\\\\server\\share\\a.img',
    '/a.img:stream',
    '/a\0b',
  ])('is not %j', (path) => {
    expect(isLocalFilePath(path)).toBe(false);
  });

  it('is a plain one', () => {
    expect(isLocalFilePath('/cache/images/golden.img')).toBe(true);
  });
});
