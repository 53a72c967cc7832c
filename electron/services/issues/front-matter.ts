import { fileProblem, type LabDocument, type Mistake, MistakesInFile } from '../lab/lab-document.ts';
import { refuseNewer } from '../lab/schema-version.ts';
import { parseYamlDocument } from '../lab/yaml-document.ts';

/** Bytes of YAML that stand above an issue; what is longer is something else. */
const longest = 16 * 1024;

/** A Markdown file with the YAML that some begin with, between two lines of `---`. */
export interface SplitMarkdown {
  /** Lines with their ends; `undefined` when there is none. */
  readonly frontMatter: string | undefined;
  readonly body: string;
  /** Lines of the file before the body. */
  readonly linesBefore: number;
}

/** Throws MistakesInFile when the YAML has no end. */
export function splitFrontMatter(text: string): SplitMarkdown {
  const whole = text.replace(/^\ufeff/, '');
  const first = /^---[ \t]*\r?\n/.exec(whole);
  if (first === null) return { frontMatter: undefined, body: whole, linesBefore: 0 };
  const rest = whole.slice(first[0].length);
  // Behind the limit nobody looks for its end.
  const end = /^(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/m.exec(rest.slice(0, longest));
  if (end === null) {
    const message = `begins with --- and has no second --- within the next ${longest} characters`;
    throw new MistakesInFile([{ message, place: { line: 1, column: 1 } }]);
  }
  const frontMatter = rest.slice(0, end.index);
  return {
    frontMatter,
    body: rest.slice(end.index + end[0].length),
    linesBefore: frontMatter.split('\n').length + 1,
  };
}

/** LAB_SCHEMA_NEWER; throws MistakesInFile with places as they are in the file. */
export function parseFrontMatter(file: string, frontMatter: string): LabDocument {
  try {
    const document = parseYamlDocument(Buffer.from(frontMatter));
    refuseNewer(file, document.value);
    return document;
  } catch (error) {
    if (error instanceof MistakesInFile) throw new MistakesInFile(error.mistakes.map(belowFirstLine));
    throw error;
  }
}

/** The YAML with these values set; everything else in it stays. */
export function withFrontMatter(
  file: string,
  frontMatter: string,
  values: Readonly<Record<string, unknown>>,
): string {
  let text = frontMatter;
  for (const [key, value] of Object.entries(values)) {
    text = parseFrontMatter(file, text).withValue([key], value);
  }
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** A mistake in the YAML, at its place in the file: the line with `---` is above it. */
export function belowFirstLine({ message, place }: Mistake): Mistake {
  return place ? { message, place: { ...place, line: place.line + 1 } } : { message };
}

/** For what an operator wrote: LAB_FILE_INVALID with all mistakes, instead of MistakesInFile. */
export function withFileProblem<Result>(file: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof MistakesInFile) throw fileProblem(file, error.mistakes);
    throw error;
  }
}
