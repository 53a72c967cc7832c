import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  builtInTemplate,
  fillTemplate,
  parseTemplate,
} from '../../../electron/services/issues/issue-template.ts';
import { parseIssue } from '../../../electron/services/issues/issue-file.ts';
import { MistakesInFile } from '../../../electron/services/lab/lab-document.ts';
import { markdownBlocks } from '../../../shared/markdown-blocks.ts';
import { issueSections } from '../../../shared/schemas/issue.ts';

const about = {
  schema: 'sifaka.issue/1' as const,
  id: 'ISSUE-2026-001',
  title: 'Frames are lost',
  status: 'open' as const,
  opened: '2026-11-21T09:00:00.000Z',
  closed: null,
  nodes: ['baobab'],
  check: 'bridge',
};
const texts = Object.fromEntries(issueSections.map((section) => [section, `The ${section}.`]));
const shipped = readFileSync(join(import.meta.dirname, '../../../resources/demo-lab/issues/TEMPLATE.md'));

const fill = (template: string) => fillTemplate(parseTemplate(Buffer.from(template)), about, texts);
const bodyOf = (text: string) => parseIssue(about.id, Buffer.from(text)).body.trim();

/** Headings, each with the text below it. */
function sections(text: string): [string, string][] {
  const found: [string, string][] = [];
  for (const block of markdownBlocks(bodyOf(text))) {
    const last = found.at(-1);
    if (block.kind === 'heading') found.push([`${'#'.repeat(block.level)} ${block.text}`, '']);
    else if (last && block.kind === 'text') last[1] += `${block.text};`;
  }
  return found;
}

describe('the TEMPLATE of the demo lab', () => {
  it('has every heading, in the order of the built-in one, and all of them are filled', () => {
    const filled = fillTemplate(parseTemplate(shipped), about, texts);
    expect(sections(filled)).toEqual([
      ['# ISSUE-2026-001: Frames are lost', ''],
      ['## Summary', 'The summary.;'],
      ['## Environment', 'The environment.;'],
      ['## Steps to reproduce', 'The steps.;'],
      ['## Expected behaviour', 'The expected.;'],
      ['## Actual behaviour', 'The actual.;'],
      ['## Evidence', 'The evidence.;'],
      ['## Investigation notes', 'The investigation.;'],
      ['## Proposed solution', 'The solution.;'],
      ['## Related issues', 'The related.;'],
      ['## Changelog entries', 'The changelog.;'],
    ]);
    expect(bodyOf(filled)).toBe(bodyOf(fillTemplate(builtInTemplate, about, texts)));
    expect(filled).not.toMatch(/YYYY|<!--|What is wrong/);
    expect(parseIssue(about.id, Buffer.from(filled)).about).toEqual(about);
  });
});

describe('a TEMPLATE of another lab', () => {
  it('keeps its order, levels and words, and its own headings with a line that says so', () => {
    const filled = fill(
      [
        '# Template',
        'Reporter: the rack team',
        '### 2. **Evidence & Logs:**',
        'paste here',
        '### 1. Description',
        '### Actual behavior',
        '## Risk',
        'Low, middle or high.',
        '- [ ] reviewed',
      ].join('\n\n'),
    );
    expect(sections(filled).slice(0, 5)).toEqual([
      ['# ISSUE-2026-001: Frames are lost', 'Reporter: the rack team;'],
      ['### 2. **Evidence & Logs:**', 'The evidence.;'],
      ['### 1. Description', 'The summary.;'],
      ['### Actual behavior', 'The actual.;'],
      ['## Risk', 'Low, middle or high.;Not filled by Sifaka.;'],
    ]);
    expect(filled).toContain('- [ ] reviewed');
    expect(filled).not.toContain('paste here');
    // What it has no heading for comes behind, at the level of the others.
    expect(
      sections(filled)
        .slice(5)
        .map(([heading]) => heading),
    ).toEqual([
      '### Environment',
      '### Steps to reproduce',
      '### Expected behaviour',
      '### Investigation notes',
      '### Proposed solution',
      '### Related issues',
      '### Changelog entries',
    ]);
  });

  it('fills one heading for two where the lab joins them, and the first of two that are called the same', () => {
    const filled = fill('# T\n\n## Related issues / changelog entries\n\n## Summary\n\n## Summary\n');
    expect(sections(filled).slice(1, 4)).toEqual([
      ['## Related issues / changelog entries', 'The related.;The changelog.;'],
      ['## Summary', 'The summary.;'],
      ['## Summary', 'Not filled by Sifaka.;'],
    ]);
  });

  it('keeps its own keys and comments, its line ends, and needs neither keys nor title', () => {
    const filled = fill(
      '---\r\n# ours\r\nseverity: low\r\nstatus: draft # open or closed\r\ncheck:\r\n---\r\n## Summary\r\n',
    );
    expect(filled.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(filled).toContain('# ours\r\nseverity: low\r\nstatus: open # open or closed\r\ncheck: bridge\r\n');
    expect(parseIssue(about.id, Buffer.from(filled)).about).toEqual({ ...about, severity: 'low' });
    for (const template of ['', '# T', 'no heading at all', '---\n---\n', '\ufeff# T\n'])
      expect(parseIssue(about.id, Buffer.from(fill(template))).about).toEqual(about);
  });

  it.each([
    ['an open fence', '# T\n\n```\n## Summary\n', 'a fence of code begins here and has no end', 3],
    ['an open comment', '---\na: 1\n---\n\n<!--\n## Summary\n', 'a comment begins here and has no end', 5],
    [
      'keys without an end',
      '---\na: 1\n',
      'begins with --- and has no second --- within the next 16384 characters',
      1,
    ],
    ['no keys between its lines', '---\n- a\n---\n', 'must have keys and values between its two ---', 2],
    ['a key twice', '---\na: 1\na: 2\n---\n', 'this key stands in the same map twice; remove one', 3],
  ])('with %s is refused, with the line', (_name, template, message, line) => {
    let mistakes: unknown;
    try {
      parseTemplate(Buffer.from(template));
    } catch (error) {
      if (error instanceof MistakesInFile) mistakes = error.mistakes;
    }
    expect(mistakes).toEqual([{ message, place: { line, column: expect.any(Number) } }]);
  });
});
