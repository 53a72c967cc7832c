/** A line of a run's note: words, or a command for the operator to run, which must stay as it is to be copied. */
export interface NoteLine {
  readonly kind: 'words' | 'command';
  readonly text: string;
}

/** The lines of a note. A command has a line of its own and begins with `sudo`. */
export function noteLines(text: string): NoteLine[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => ({ kind: /^sudo\s/.test(line) ? 'command' : 'words', text: line }));
}
