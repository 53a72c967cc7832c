import { type MarkdownBlock, markdownBlocks } from '../../../shared/markdown-blocks.ts';
import { type IssueFrontMatter, issueFrontMatterSchema } from '../../../shared/schemas/issue.ts';
import { decodeText, MistakesInFile } from '../lab/lab-document.ts';
import { schemaMistakes } from '../lab/schema-mistakes.ts';
import { belowFirstLine, parseFrontMatter, splitFrontMatter } from './front-matter.ts';

export const issuesFolder = 'issues';
export const templateFile = `${issuesFolder}/TEMPLATE.md`;

/** Bytes; an issue is a page to read, and what Sifaka writes is cut long before. */
export const issueLimit = 1024 * 1024;

export function issueFile(id: string): string {
  return `${issuesFolder}/${id}.md`;
}

/** An issue that can be worked with. */
export interface ParsedIssue {
  readonly about: IssueFrontMatter;
  readonly frontMatter: string;
  readonly body: string;
  /** Lines of the file before the body. */
  readonly linesBefore: number;
}

/** Throws MistakesInFile; LAB_SCHEMA_NEWER. `id` is that of the file's name. */
export function parseIssue(id: string, bytes: Uint8Array): ParsedIssue {
  const file = issueFile(id);
  const { frontMatter, body, linesBefore } = splitFrontMatter(decodeText(bytes));
  if (frontMatter === undefined) {
    throw new MistakesInFile([
      {
        message:
          'does not say whether it is open: its id, title, status and opened belong between two --- at its top',
      },
    ]);
  }
  const document = parseFrontMatter(file, frontMatter);
  const parsed = issueFrontMatterSchema.safeParse(document.value ?? {});
  if (!parsed.success) {
    throw new MistakesInFile(schemaMistakes(document, parsed.error.issues).map(belowFirstLine));
  }
  if (parsed.data.id !== id) {
    const mistake = { message: 'id must be that of the file’s name', place: document.placeOf(['id']) };
    throw new MistakesInFile([belowFirstLine(mistake)]);
  }
  return { about: parsed.data, frontMatter, body, linesBefore };
}

/** The first heading of a text that is no issue as it should be, which is what people will know it by. */
export function titleOf(text: string): string | undefined {
  const heading = markdownBlocks(text).find(({ kind }) => kind === 'heading');
  return heading?.kind === 'heading' && heading.text !== '' ? heading.text : undefined;
}

/** Throws MistakesInFile when a text ends within code or a comment: whatever is added would belong to that. */
export function refuseUnclosed(blocks: readonly MarkdownBlock[], linesBefore: number): void {
  const open = blocks.find((block) => 'closed' in block && !block.closed);
  if (open === undefined) return;
  const what = open.kind === 'code' ? 'a fence of code' : 'a comment';
  const place = { line: linesBefore + open.start + 1, column: 1 };
  throw new MistakesInFile([{ message: `${what} begins here and has no end`, place }]);
}
