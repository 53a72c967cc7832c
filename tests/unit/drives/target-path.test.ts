import { describe, expect, test } from 'vitest';
import { checkNewName, checkPathText } from '../../../electron/services/drives/target-path.ts';

const refused = expect.objectContaining({ code: 'TARGET_NAME_INVALID' });

describe('the text of a path', () => {
  test.each(['/home/a/card.img', '/srv/Karten und mehr/ünïcode-カード.img', 'C:\\x', 'a:b|c?.img'])(
    '%j is a path where it may be one',
    (path) => {
      expect(() => checkPathText(path, 'linux')).not.toThrow();
    },
  );

  test.each([
    ['a line break', '/cards/a\nb.img'],
    ['a terminal escape', '/cards/\u001b[2Ja.img'],
    ['a C1 control', '/cards/\u009b2Ja.img'],
    ['a zero byte', '/cards/a.img\0.txt'],
    ['text turned around', '/cards/\u202egmi.a'],
    ['half a character', '/cards/\ud800.img'],
  ])('with %s is refused everywhere', (_name, path) => {
    expect(() => checkPathText(path, 'linux')).toThrow(refused);
    expect(() => checkPathText(path, 'win32')).toThrow(refused);
  });

  test.each(['C:\\cards\\a.img', '\\\\server\\cards\\a.img', 'D:a.img', '..\\a.img', 'C:\\com\\console.img'])(
    '%j is a path on Windows',
    (path) => {
      expect(() => checkPathText(path, 'win32')).not.toThrow();
    },
  );

  test.each([
    '\\\\.\\PhysicalDrive0',
    '\\\\?\\C:\\a.img',
    '//./C:',
    'C:\\cards\\nul',
    'C:\\cards\\COM1.img',
    'C:\\aux\\a.img',
    'C:\\cards\\a.img:stream',
    'C:\\cards\\a.img ',
    'C:\\cards\\a.',
    'C:\\cards\\a?.img',
  ])('%j is none on Windows', (path) => {
    expect(() => checkPathText(path, 'win32')).toThrow(refused);
  });
});

test('a new name leaves room for the name of the unfinished file', () => {
  expect(() => checkNewName('ü'.repeat(119))).not.toThrow();
  expect(() => checkNewName('ü'.repeat(120))).toThrow(refused);
  expect(() => checkNewName('')).toThrow(refused);
});
