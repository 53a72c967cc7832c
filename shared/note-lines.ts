/** A line of a run's note: words, or a command for the operator to run, which must stay as it is to be copied. */
export interface NoteLine {
  readonly kind: 'words' | 'command';
  readonly text: string;
}

/** The lines of a note. A command has a line of its own, after one that announces it with a colon. */
export function noteLines(text: string): NoteLine[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.map((line, index) => ({
    kind: lines[index - 1]?.endsWith(':') ? 'command' : 'words',
    text: line,
  }));
}
