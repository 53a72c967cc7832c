import type { z } from 'zod';
import type { LabDocument, Mistake } from './lab-document.ts';
import { onOneLine } from './plain-text.ts';
import { readablePath } from './value-at.ts';

type Issue = z.core.$ZodIssue;

/**
 * What a schema found wrong, in an operator's words, in the order of the file. Values are never repeated: they could be
 * secret. `base` is where in the file the schema was applied.
 */
export function schemaMistakes(
  document: LabDocument,
  issues: readonly Issue[],
  base: readonly PropertyKey[] = [],
): Mistake[] {
  return inOrderOfFile(issues.flatMap((issue) => mistakesOf(document, issue, base)));
}

/** A mistake about the value at a path. */
export function mistakeAt(document: LabDocument, path: readonly PropertyKey[], message: string): Mistake {
  return { message: `${readablePath(path) || 'the file'} ${message}`, place: document.placeOf(path) };
}

export function inOrderOfFile(mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.toSorted(
    (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
}

function mistakesOf(document: LabDocument, issue: Issue, base: readonly PropertyKey[]): Mistake[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branch = closest(issue.errors);
    if (branch) return branch.flatMap((inner) => mistakesOf(document, inner, path));
  }
  if (issue.code === 'invalid_key') {
    const reason = issue.issues[0]?.message;
    return [mistakeAt(document, path, `is not a possible name: ${reason ?? 'see the schema'}`)];
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => mistakeAt(document, [...path, key], 'is not a key that is known here'));
  }
  return [mistakeAt(document, path, words(issue, found(document.value, path)))];
}

/** Of the alternatives of a value the one that got furthest; none when all failed at once. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches
    .filter((branch) => branch.length > 0 && branch.every((issue) => issue.path.length > 0))
    .toSorted((a, b) => a.length - b.length)[0];
}

/** The value as it is in the file; `undefined` where there is none. */
function found(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, part)?.value;
  }
  return value;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
};

function words(issue: Issue, value: unknown): string {
  if (value === undefined) return 'is missing';
  if (issue.code === 'invalid_type') {
    // YAML reads a text of digits, or one like 12e34, as a number.
    const unquoted = issue.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean');
    return `must be ${kinds[issue.expected] ?? issue.expected}${unquoted ? '; put it in quotes' : ''}`;
  }
  if (issue.code === 'invalid_value') {
    return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
  }
  if (issue.code === 'too_small')
    return `${verb(issue.origin)} at least ${amount(issue.origin, issue.minimum)}`;
  if (issue.code === 'too_big') return `${verb(issue.origin)} at most ${amount(issue.origin, issue.maximum)}`;
  return phrase(issue.message);
}

function verb(origin: string): string {
  return origin === 'string' || origin === 'array' ? 'must have' : 'must be';
}

function amount(origin: string, limit: number | bigint): string {
  if (origin === 'string') return `${limit} ${limit === 1 ? 'character' : 'characters'}`;
  if (origin === 'array') return `${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return String(limit);
}

/** A schema's own message as the end of a sentence. */
function phrase(message: string): string {
  const known = /^Invalid (.+)$/.exec(message);
  if (known?.[1]) return `must be a valid ${onOneLine(known[1], 300)}`;
  return /^(must|may|is|has) /.test(message) ? message : `is not right: ${message}`;
}
