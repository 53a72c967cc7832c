import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { afterEach, describe, expect, it } from 'vitest';
import { freeSpaceFate, freeSpacePlan } from '../../../renderer/wizards/cards/free-space-words.ts';
import { nameComplaint } from '../../../renderer/wizards/cards/name-complaint.ts';
import { readBackWords } from '../../../renderer/wizards/cards/read-back-words.ts';
import { targetName } from '../../../renderer/wizards/cards/target-name.ts';
import * as cli from '../../../shared/free-space.ts';
import { cacheNote } from '../../../shared/read-back.ts';
import { freeSpaceSchema, type Target } from '../../../shared/schemas/card.ts';
import { plainNameSchema } from '../../../shared/schemas/names.ts';

const target: Target = {
  kind: 'drive',
  path: '/dev/sdb',
  label: 'SanDisk Ultra 32 GB · 1b2c',
  size: 32e9,
  identity: 'x',
  contents: 'empty',
};

describe('the wizard in English', () => {
  it.each(freeSpaceSchema.options)(
    'says of free space that is to be or was %s what the terminal says',
    (freeSpace) => {
      expect(freeSpacePlan(freeSpace)).toBe(cli.freeSpacePlans[freeSpace]);
      for (const kind of ['drive', 'new-file'] as const) {
        const receipt = { freeSpace, target: { ...target, kind } };
        expect(freeSpaceFate(receipt)).toBe(cli.freeSpaceFate(receipt));
      }
    },
  );

  it.each([true, false])(
    'has the reservations of the terminal about what was read back (%s)',
    (readFromMedium) => {
      expect(readBackWords('12 MB', { readFromMedium })).toBe(`12 MB${cacheNote({ readFromMedium })}`);
    },
  );

  it.each(['SD 32', 'sd.', 'nul', 'sd-32'])('says of the name %j what its schema says', (name) => {
    expect(nameComplaint(name)).toBe(plainNameSchema.safeParse(name).error?.issues[0]?.message);
  });
});

describe('the name of a target', () => {
  afterEach(() => i18n.activate('en'));

  it('is its label in English, with nothing in it that would move or hide other words', () => {
    expect(targetName({ kind: 'virtual-drive', label: 'virtual drive sd-32' })).toBe('virtual drive sd-32');
    expect(targetName(target)).toBe('SanDisk Ultra 32 GB · 1b2c');
    expect(targetName({ kind: 'drive', label: 'a\u202eb' })).toBe(String.raw`a\u{202e}b`);
    expect(targetName({ kind: 'virtual-drive', label: 'virtual drive a\u202eb' })).toContain(
      String.raw`\u{202e}`,
    );
  });

  it('is taken apart for a virtual drive only: a real one may be called anything', () => {
    const { id } = msg({ message: 'virtual drive {drive}' });
    i18n.loadAndActivate({ locale: 'de', messages: { [id]: '{drive} (virtuell)' } });
    expect(targetName({ kind: 'virtual-drive', label: 'virtual drive sd-32' })).toBe('sd-32 (virtuell)');
    expect(targetName({ kind: 'drive', label: 'virtual drive sd-32' })).toBe('virtual drive sd-32');
  });
});
