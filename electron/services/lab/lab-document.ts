import { Problem, type ProblemCode } from '../../../shared/problem.ts';

export interface Place {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

export interface Mistake {
  /** In an operator's words, one line, without the file's name. */
  readonly message: string;
  readonly place?: Place | undefined;
}

/** The text of a lab file with its data and the places of its values. Never changes; an edit answers new text. */
export interface LabDocument {
  readonly value: unknown;
  /** The place of a value, or of the nearest thing around it that is there. */
  placeOf(path: readonly PropertyKey[]): Place | undefined;
  /**
   * The text with one value set or added; everything else stays as it is written. The parent must be there:
   * LAB_VALUE_MISSING.
   */
  withValue(path: readonly string[], value: unknown): string;
}

/** Thrown by the parsers with every mistake they found. */
export class MistakesInFile extends Error {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super('a lab file has mistakes');
    this.mistakes = mistakes;
  }
}

/** How many further mistakes a problem lists. */
const listed = 20;

/** One problem for all mistakes of a file: the first in `what`, the others in `more`. */
export function fileProblem(
  file: string,
  mistakes: readonly Mistake[],
  options: { code?: ProblemCode; state?: string; next?: string } = {},
): Problem {
  const lines = mistakes.map(({ message, place }) =>
    place ? `${file} line ${place.line}: ${message}` : `${file}: ${message}`,
  );
  const [first = `${file} is not right.`, ...others] = lines;
  const more = others.slice(0, listed);
  if (others.length > listed) more.push(`… and ${others.length - listed} more.`);
  const place = mistakes[0]?.place;
  return new Problem(options.code ?? 'LAB_FILE_INVALID', {
    what: first,
    state: options.state ?? 'Nothing was changed.',
    next:
      options.next ??
      (others.length === 0
        ? `Correct ${file}, then try again.`
        : `Correct the ${lines.length} mistakes in ${file}, then try again.`),
    where: { file, ...place },
    ...(more.length > 0 ? { more } : {}),
  });
}

/** The file's text; it must be UTF-8. A byte order mark stays part of it. */
export function decodeText(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new MistakesInFile([{ message: 'is written in UTF-16; save it as UTF-8' }]);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new MistakesInFile([{ message: 'is not UTF-8 text; save it as UTF-8' }]);
  }
}

/** The `\r\n` or `\n` a text uses for its first line. */
export function lineEndOf(text: string): '\r\n' | '\n' {
  const end = text.indexOf('\n');
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n';
}
