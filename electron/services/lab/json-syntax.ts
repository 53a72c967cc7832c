/** A value in a JSON text (RFC 8259): where it stands and, for a list or a map, what is in it. */
export interface JsonNode {
  readonly kind: 'object' | 'array' | 'plain';
  /** Offsets in the text, the end is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly members: readonly JsonMember[];
  readonly items: readonly JsonNode[];
}

export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly value: JsonNode;
}

export class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const deepest = 200;
const blanks = /[ \t\n\r]*/y;
const numbers = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const words = /true|false|null/y;
const strings = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * The places of everything in a strict JSON text. JSON.parse gives values without places and drops what a lab file
 * must keep (the order of number-like keys, digits of large numbers), so edits are made in the text by these places.
 * Throws JsonSyntaxError; accepts exactly what JSON.parse accepts, up to 200 levels.
 */
export function parseJsonPlaces(text: string): JsonNode {
  let at = 0;

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  }

  function fail(expected: string): never {
    throw new JsonSyntaxError(
      at >= text.length ? `the file ends where ${expected} should follow` : `${expected} should stand here`,
      at,
    );
  }

  function take(character: string): boolean {
    match(blanks);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  }

  function string(expected: string): string {
    const start = at;
    const found = match(strings);
    if (found !== undefined) {
      const parsed: unknown = JSON.parse(found);
      return String(parsed);
    }
    if (text[start] !== '"') fail(expected);
    throw new JsonSyntaxError('this text has no end quote, a line break or a wrong \\ in it', start);
  }

  function value(depth: number): JsonNode {
    if (depth > deepest) throw new JsonSyntaxError('is nested too deeply to be a lab file', at);
    match(blanks);
    const start = at;
    if (take('{')) return { ...empty, kind: 'object', members: members(depth), start, end: at };
    if (take('[')) return { ...empty, kind: 'array', items: items(depth), start, end: at };
    if (text[at] === '"') string('');
    else if (match(numbers) === undefined && match(words) === undefined) fail('a value');
    return { ...empty, kind: 'plain', start, end: at };
  }

  function members(depth: number): JsonMember[] {
    const found: JsonMember[] = [];
    if (take('}')) return found;
    do {
      match(blanks);
      const keyStart = at;
      const key = string('a key in double quotes');
      if (!take(':')) fail('a colon');
      found.push({ key, keyStart, value: value(depth + 1) });
    } while (take(','));
    if (!take('}')) fail('a comma or }');
    return found;
  }

  function items(depth: number): JsonNode[] {
    const found: JsonNode[] = [];
    if (take(']')) return found;
    do found.push(value(depth + 1));
    while (take(','));
    if (!take(']')) fail('a comma or ]');
    return found;
  }

  const root = value(0);
  match(blanks);
  if (at < text.length) fail('the end of the file');
  return root;
}

const empty = { members: [], items: [] } as const;
