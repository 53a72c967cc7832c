import { markdownBlocks, markdownLines } from '../../../shared/markdown-blocks.ts';
import { type IssueFrontMatter, type IssueSection, issueSections } from '../../../shared/schemas/issue.ts';
import { decodeText, lineEndOf, MistakesInFile } from '../lab/lab-document.ts';
import { markdownText } from '../lab/markdown-text.ts';
import { parseFrontMatter, splitFrontMatter, withFrontMatter } from './front-matter.ts';
import { refuseUnclosed, templateFile } from './issue-file.ts';
import { sectionHeadings, sectionsOf } from './sections.ts';

/** Bytes. */
export const templateLimit = 128 * 1024;

export interface IssueTemplate {
  /** YAML with the lab's own keys; empty when it has none. */
  readonly frontMatter: string;
  /** What stands between the title and the first of `headings`. */
  readonly introduction: string;
  readonly headings: readonly TemplateHeading[];
  readonly lineEnd: '\n' | '\r\n';
}

interface TemplateHeading {
  /** The lines of the heading, as they are in the template. */
  readonly written: string;
  readonly level: number;
  /** What Sifaka puts below it; nothing for a heading that it does not know. */
  readonly sections: readonly IssueSection[];
  /** What the template has below it: for who fills it in by hand. */
  readonly below: string;
}

const builtInLevel = 2;

export const builtInTemplate: IssueTemplate = {
  frontMatter: '',
  introduction: '',
  headings: issueSections.map((section) => headingFor(section, builtInLevel)),
  lineEnd: '\n',
};

/**
 * `issues/TEMPLATE.md` of a lab, in whatever order and with whatever headings it has. What stands above its title is for
 * whoever edits the template. Throws MistakesInFile; LAB_SCHEMA_NEWER.
 */
export function parseTemplate(bytes: Uint8Array): IssueTemplate {
  const text = decodeText(bytes);
  const { frontMatter = '', body, linesBefore } = splitFrontMatter(text);
  const value = parseFrontMatter(templateFile, frontMatter).value ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new MistakesInFile([
      { message: 'must have keys and values between its two ---', place: { line: 2, column: 1 } },
    ]);
  }
  const parts = partsOf(body, linesBefore);
  const [title] = parts;
  const hasTitle = title !== undefined && title.level === 1 && title.sections.length === 0;
  return {
    frontMatter: Object.keys(value).length === 0 ? '' : frontMatter,
    introduction: hasTitle ? title.below : '',
    headings: hasTitle ? parts.slice(1) : parts,
    lineEnd: lineEndOf(text),
  };
}

function partsOf(body: string, linesBefore: number): TemplateHeading[] {
  const lines = markdownLines(body);
  const blocks = markdownBlocks(body);
  refuseUnclosed(blocks, linesBefore);
  const headings = blocks.flatMap((block) => (block.kind === 'heading' ? [block] : []));
  const seen = new Set<IssueSection>();
  return headings.map((heading, index) => {
    const { start, end, level, text } = heading;
    // Only the first of two that are called the same is filled.
    const sections = sectionsOf(text).filter((section) => !seen.has(section));
    for (const section of sections) seen.add(section);
    return {
      written: lines.slice(start, end).join('\n'),
      level,
      sections,
      below: lines
        .slice(end, headings[index + 1]?.start ?? lines.length)
        .join('\n')
        .trim(),
    };
  });
}

const notFilled = 'Not filled by Sifaka.';
const notSaid = 'Nothing was noted when this issue was opened.';

/** The whole file of an issue. Texts are Markdown already; those that are empty or missing say so. */
export function fillTemplate(
  template: IssueTemplate,
  about: IssueFrontMatter,
  texts: Readonly<Partial<Record<IssueSection, string>>>,
): string {
  const known = new Set(template.headings.flatMap(({ sections }) => sections));
  const level = template.headings.find(({ sections }) => sections.length > 0)?.level ?? builtInLevel;
  const missing = issueSections.filter((section) => !known.has(section));
  const added = missing.map((section) => headingFor(section, level));
  const parts = [...template.headings, ...added].flatMap(({ written, sections, below }) =>
    sections.length === 0
      ? [written, below, notFilled]
      : [written, sections.map((section) => texts[section] || notSaid).join('\n\n')],
  );
  const frontMatter = withFrontMatter(
    templateFile,
    template.frontMatter || 'schema: sifaka.issue/1\n',
    about,
  );
  const title = `# ${about.id}: ${markdownText(about.title, about.title.length)}`;
  const body = [title, template.introduction, ...parts].filter((part) => part !== '').join('\n\n');
  const text = `---\n${frontMatter}---\n\n${body}\n`;
  return text.replaceAll(/\r\n|\n/g, template.lineEnd);
}

function headingFor(section: IssueSection, level: number): TemplateHeading {
  return {
    written: `${'#'.repeat(level)} ${sectionHeadings[section]}`,
    level,
    sections: [section],
    below: '',
  };
}
