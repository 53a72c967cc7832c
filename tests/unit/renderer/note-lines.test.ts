import { describe, expect, it } from 'vitest';
import { noteLines } from '../../../shared/note-lines.ts';

describe('a note of a run', () => {
  it('is words, and a command that is announced and stands on a line of its own', () => {
    expect(noteLines('Rights are needed. Run this:\n\n  sudo node writer.js < a b.raw  \nIt waits.')).toEqual(
      [
        { kind: 'words', text: 'Rights are needed. Run this:' },
        { kind: 'command', text: 'sudo node writer.js < a b.raw' },
        { kind: 'words', text: 'It waits.' },
      ],
    );
    expect(noteLines("Become root (`su -`), and run:\n'/opt/a b/node' writer.js").at(1)?.kind).toBe(
      'command',
    );
  });

  it('has no command where none is announced', () => {
    expect(noteLines('Type sudo yourself.\nsudoers says no').map(({ kind }) => kind)).toEqual([
      'words',
      'words',
    ]);
    expect(noteLines('Answer the prompt:')).toEqual([{ kind: 'words', text: 'Answer the prompt:' }]);
    expect(noteLines('\n')).toEqual([]);
  });
});
