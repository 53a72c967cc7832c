/** One line of what a script of `node-scripts.ts` answers: a word, and the bytes or the number that belong to it. */
export interface AnswerLine {
  readonly word: string;
  readonly content: Buffer;
}

/** More than any script answers: each of 256 files has three lines. */
const mostLines = 2000;

/** `undefined` when that is not a whole answer of such a script. */
export function answerLines(output: Buffer): AnswerLine[] | undefined {
  const lines = output.toString('latin1').split('\n');
  if (lines.length > mostLines || lines.pop() !== '') return undefined;
  if (lines.shift() !== 'sifaka-bridge-facts/1' || lines.pop() !== 'end') return undefined;
  const answer: AnswerLine[] = [];
  for (const line of lines) {
    const [, word, rest] = /^([a-z]{1,16}) ([A-Za-z0-9+/]*={0,2})$/.exec(line) ?? [];
    if (word === undefined || rest === undefined) return undefined;
    answer.push({ word, content: isPlace(word) ? Buffer.from(rest) : Buffer.from(rest, 'base64') });
  }
  return answer;
}

/** The lines that begin a file have its number as it is. */
function isPlace(word: string): boolean {
  return ['behind', 'link', 'directory', 'file', 'other', 'absent'].includes(word);
}

export function textOf(lines: readonly AnswerLine[], word: string): string {
  return lines.find((line) => line.word === word)?.content.toString('utf8') ?? '';
}
