import { describe, expect, it } from 'vitest';
import { noteLines } from '../../../shared/note-lines.ts';

describe('a note of a run', () => {
  it('is words, and commands that stand on a line of their own', () => {
    expect(noteLines('Run this:\n\n  sudo node writer.js < a b.raw  \nIt waits.')).toEqual([
      { kind: 'words', text: 'Run this:' },
      { kind: 'command', text: 'sudo node writer.js < a b.raw' },
      { kind: 'words', text: 'It waits.' },
    ]);
  });

  it('has no command where sudo is only spoken of', () => {
    expect(noteLines('Type sudo yourself.\nsudoers says no').map(({ kind }) => kind)).toEqual([
      'words',
      'words',
    ]);
    expect(noteLines('\n')).toEqual([]);
  });
});
