import { computed, type ShellToken } from './shell-words.ts';

/** A value that a script gives to something, with all the names that say what it is for. */
export interface ScriptValue {
  /** The variable, and the function around it. */
  readonly names: readonly string[];
  /** Of an array's element, or what a `case` or an `if` asked for: words that may be a node. */
  readonly keys: readonly string[];
  /** Its place in a list without keys. */
  readonly index?: number;
  readonly value: string;
  readonly line: number;
}

const declaring = new Set(['declare', 'typeset', 'local', 'readonly', 'export', 'set']);
const opening = new Set(['{', 'then', 'do', 'else', '!', 'time']);

/** Scripts that people write are not nested deeper; what is, is read as if it were not. */
const deepest = 50;

interface CaseBranch {
  readonly kind: 'case';
  keys: string[];
  inPattern: boolean;
}
interface IfBranch {
  readonly kind: 'if';
  keys: string[];
}
interface Block {
  readonly kind: 'block';
  readonly name: string | undefined;
}
type Scope = CaseBranch | IfBranch | Block;

/**
 * Assignments of variables and of arrays' elements, and what `echo` and `printf` say in a branch of a `case` or an `if`:
 * the ways in which scripts keep a table. Nothing is run, and what is computed stays a mark in the value.
 */
export function scriptValues(tokens: readonly ShellToken[]): ScriptValue[] {
  const found: ScriptValue[] = [];
  const scopes: Scope[] = [];
  let functionName: string | undefined;
  let isStart = true;
  let isDeclaring = false;
  let printing = false;

  const enter = (scope: Scope) => {
    if (scopes.length < deepest) scopes.push(scope);
  };
  const names = (own: readonly string[]) => [
    ...own,
    ...scopes.flatMap((scope) => (scope.kind === 'block' && scope.name !== undefined ? [scope.name] : [])),
  ];
  const keys = (own: readonly string[]) => [
    ...own,
    ...scopes.flatMap((scope) => (scope.kind === 'block' ? [] : scope.keys)),
  ];

  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const { text, line } = token;
    const scope = scopes.at(-1);

    if (scope?.kind === 'case' && scope.inPattern) {
      if (token.kind === 'word' && text === 'esac') scopes.pop();
      else if (token.kind === 'word' && scope.keys.length < deepest) scope.keys.push(text);
      else if (text === ')') {
        scope.inPattern = false;
        isStart = true;
      }
      continue;
    }
    if (token.kind === 'operator') {
      if (scope?.kind === 'case' && (text === ';;' || text === ';&' || text === ';;&')) {
        scope.inPattern = true;
        scope.keys = [];
      }
      isStart = !/^[<>]/.test(text) && text !== '>&' && text !== '&>';
      isDeclaring = false;
      printing = false;
      continue;
    }

    const assigned = isStart || isDeclaring ? assignmentOf(text) : undefined;
    if (assigned !== undefined) {
      const { name, key, value } = assigned;
      const next = tokens[at + 1];
      if (value === '' && key === undefined && next?.text === '(' && !next.spaced) {
        const end = endOfList(tokens, at + 2);
        found.push(...elementsOf(tokens.slice(at + 2, end), names([name]), keys([])));
        at = end;
      } else {
        found.push({ names: names([name]), keys: keys(key === undefined ? [] : [key]), value, line });
      }
      continue;
    }
    if (isStart) {
      if (text === 'case') {
        const inAt = indexOfWord(tokens, at + 1, 'in');
        if (inAt !== undefined) {
          enter({ kind: 'case', keys: [], inPattern: true });
          at = inAt;
        }
        continue;
      }
      if (text === 'esac' && scope?.kind === 'case') scopes.pop();
      else if (text === 'if') enter({ kind: 'if', keys: comparedWords(tokens, at) });
      else if (text === 'elif' && scope?.kind === 'if') scope.keys = comparedWords(tokens, at);
      else if (text === 'else' && scope?.kind === 'if') scope.keys = [];
      else if (text === 'fi' && scope?.kind === 'if') scopes.pop();
      else if (text === 'function') {
        functionName = tokens[at + 1]?.text;
        at += 1;
        continue;
      } else if (text === '{') {
        enter({ kind: 'block', name: functionName });
        functionName = undefined;
      } else if (text === '}' && scope?.kind === 'block') scopes.pop();
      else if (tokens[at + 1]?.text === '(' && tokens[at + 2]?.text === ')') functionName = text;
    }
    if (printing && keys([]).length > 0 && !text.startsWith('-') && !text.includes('%')) {
      found.push({ names: names([]), keys: keys([]), value: text, line });
    }
    if (isStart) {
      printing = text === 'echo' || text === 'printf';
      isDeclaring = declaring.has(text);
    }
    isStart = isStart && opening.has(text);
  }
  return found;
}

function assignmentOf(text: string): { name: string; key: string | undefined; value: string } | undefined {
  const match = /^([A-Za-z_]\w{0,99})(?:\[([^\]]{0,100})\])?\+?=(.*)$/s.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { name: match[1], key: match[2], value: match[3] ?? '' };
}

/** The index of the `)` that ends an array's list, or of the script's end. */
function endOfList(tokens: readonly ShellToken[], from: number): number {
  for (let at = from; at < tokens.length; at += 1) {
    if (tokens[at]?.kind === 'operator' && tokens[at]?.text === ')') return at;
  }
  return tokens.length;
}

function elementsOf(
  tokens: readonly ShellToken[],
  names: readonly string[],
  keys: readonly string[],
): ScriptValue[] {
  return tokens
    .filter(({ kind }) => kind === 'word')
    .map(({ text, line }, index) => {
      const [, key, value] = /^\[([^\]]{0,100})\]=(.*)$/s.exec(text) ?? [];
      return key === undefined || value === undefined
        ? { names, keys, index, value: text, line }
        : { names, keys: [key, ...keys], value, line };
    });
}

/** How far the words that belong to `case` or `if` are looked for. */
const farthest = 200;

/** `undefined` when it does not come soon. */
function indexOfWord(tokens: readonly ShellToken[], from: number, word: string): number | undefined {
  for (let at = from; at < Math.min(tokens.length, from + farthest); at += 1) {
    if (tokens[at]?.kind === 'word' && tokens[at]?.text === word) return at;
  }
  return undefined;
}

/** What an `if` compares with: the words behind `=` and `==`, up to `then`. */
function comparedWords(tokens: readonly ShellToken[], from: number): string[] {
  const end = indexOfWord(tokens, from, 'then');
  const words = tokens.slice(from, end ?? from).filter(({ kind }) => kind === 'word');
  return words.flatMap(({ text }, index) => {
    const before = words[index - 1]?.text;
    return (before === '=' || before === '==') && !text.includes(computed) ? [text] : [];
  });
}
