/**
 * The words of a shell script, for reading it and never for running it. It knows quotes, comments, here-documents and the
 * operators of POSIX sh; what a shell would compute (`$name`, `$(…)`, backquotes) is a mark in the word.
 */
export interface ShellToken {
  readonly kind: 'word' | 'operator';
  /** A word without its quotes, or the operator; a line end is the operator "\n". */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Whether a blank or another operator stands before it. */
  readonly spaced: boolean;
}

/** Stands in a word for what only running the script would tell. */
export const computed = '\u0000';

const blank = /[ \t\r]/;
const operators = [
  ';;&',
  '<<-',
  '<<<',
  '&&',
  '||',
  ';;',
  ';&',
  '<<',
  '>>',
  '>&',
  '<&',
  '>|',
  '&>',
  ';',
  '&',
  '|',
  '(',
  ')',
  '<',
  '>',
];

export function shellTokens(script: string): ShellToken[] {
  const tokens: ShellToken[] = [];
  /** Delimiters of here-documents whose bodies begin at the next line. */
  const pending: string[] = [];
  let at = 0;
  let line = 1;
  let spaced = true;

  const push = (kind: ShellToken['kind'], text: string, from: number) => {
    tokens.push({ kind, text, line: from, spaced });
    spaced = false;
  };

  while (at < script.length) {
    const character = script[at] ?? '';
    if (character === '\\' && script[at + 1] === '\n') {
      at += 2;
      line += 1;
    } else if (blank.test(character)) {
      at += 1;
      spaced = true;
    } else if (character === '\n') {
      push('operator', '\n', line);
      at += 1;
      line += 1;
      spaced = true;
      for (const delimiter of pending.splice(0)) {
        const end = skipHereDocument(script, at, delimiter);
        line += countLines(script, at, end);
        at = end;
      }
    } else if (character === '#' && (spaced || tokens.at(-1)?.kind === 'operator')) {
      const end = script.indexOf('\n', at);
      at = end === -1 ? script.length : end;
    } else {
      const operator = operators.find((text) => script.startsWith(text, at));
      if (operator === undefined) {
        const word = readWord(script, at);
        const before = tokens.at(-1);
        if (before?.kind === 'operator' && (before.text === '<<' || before.text === '<<-'))
          pending.push(word.text);
        push('word', word.text, line);
        line += countLines(script, at, word.end);
        at = word.end;
      } else {
        push('operator', operator, line);
        at += operator.length;
      }
    }
  }
  return tokens;
}

function countLines(script: string, from: number, to: number): number {
  let count = 0;
  for (let at = script.indexOf('\n', from); at !== -1 && at < to; at = script.indexOf('\n', at + 1))
    count += 1;
  return count;
}

/** The offset behind the line that ends a here-document, or the end of the script. */
function skipHereDocument(script: string, from: number, delimiter: string): number {
  let at = from;
  while (at < script.length) {
    const found = script.indexOf('\n', at);
    const end = found === -1 ? script.length : found;
    if (script.slice(at, end).replace(/^\t+/, '').replace(/\r$/, '') === delimiter)
      return end === script.length ? end : end + 1;
    at = end + 1;
  }
  return script.length;
}

function readWord(script: string, from: number): { text: string; end: number } {
  const parts: string[] = [];
  let at = from;
  while (at < script.length) {
    const character = script[at] ?? '';
    if (/[\s;&|()<>]/.test(character)) break;
    if (character === "'") {
      const end = endOf(script, script.indexOf("'", at + 1));
      parts.push(script.slice(at + 1, end));
      at = end + 1;
    } else if (character === '"') {
      const quoted = readDoubleQuoted(script, at + 1);
      parts.push(quoted.text);
      at = quoted.end;
    } else if (character === '\\') {
      parts.push(script[at + 1] === '\n' ? '' : (script[at + 1] ?? ''));
      at += 2;
    } else if (character === '$' || character === '`') {
      const end = skipComputed(script, at);
      parts.push(end === at + 1 ? '$' : computed);
      at = end;
    } else {
      parts.push(character);
      at += 1;
    }
  }
  return { text: parts.join(''), end: Math.min(at, script.length) };
}

function readDoubleQuoted(script: string, from: number): { text: string; end: number } {
  const parts: string[] = [];
  let at = from;
  while (at < script.length && script[at] !== '"') {
    const character = script[at] ?? '';
    if (character === '\\') {
      const next = script[at + 1] ?? '';
      if (next !== '\n') parts.push(/["\\$`]/.test(next) ? next : `\\${next}`);
      at += 2;
    } else if (character === '$' || character === '`') {
      const end = skipComputed(script, at);
      parts.push(end === at + 1 ? '$' : computed);
      at = end;
    } else {
      parts.push(character);
      at += 1;
    }
  }
  return { text: parts.join(''), end: at + 1 };
}

/** The offset behind `$name`, `${…}`, `$(…)` or a backquoted command; one behind a `$` that stands for itself. */
function skipComputed(script: string, from: number): number {
  if (script[from] === '`') return endOf(script, script.indexOf('`', from + 1)) + 1;
  const next = script[from + 1] ?? '';
  if (next === '{' || next === '(') return skipBalanced(script, from + 1, next, next === '{' ? '}' : ')');
  const name = /^([A-Za-z_]\w*|[0-9@*#?$!-])/.exec(script.slice(from + 1, from + 257))?.[0];
  return from + 1 + (name?.length ?? 0);
}

/** Quotes inside hide brackets; how deep they are nested is counted, not called. */
function skipBalanced(script: string, from: number, open: string, close: string): number {
  let depth = 0;
  for (let at = from; at < script.length; at += 1) {
    const character = script[at];
    if (character === '\\') at += 1;
    else if (character === "'") at = endOf(script, script.indexOf("'", at + 1));
    else if (character === open) depth += 1;
    else if (character === close) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return script.length;
}

function endOf(script: string, found: number): number {
  return found === -1 ? script.length : found;
}
