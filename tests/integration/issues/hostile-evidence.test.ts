import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIssueService, type NewIssue } from '../../../electron/services/issues/issue-service.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { markdownBlocks } from '../../../shared/markdown-blocks.ts';
import { issueSections } from '../../../shared/schemas/issue.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { wholeLab, withLab } from '../lab/lab-fixtures.ts';

/** What would make something of a text: headings, fences, keys of YAML, HTML, links, terminals, other directions. */
const marks = [
  '\n',
  '\r\n',
  '\r',
  '\u2028',
  '\u0085',
  '---',
  '...',
  '# ',
  '## Closed',
  '===',
  '```',
  '````````',
  '~~~',
  '`',
  '<!--',
  '-->',
  '<script>alert(1)</script>',
  '<img src=x onerror=y>',
  '</code></pre>',
  '<https://evil.example>',
  '&lt;',
  '[a](javascript:b)',
  '![i](https://evil.example/i)',
  '[r]: https://evil.example',
  'https://evil.example',
  'www.evil.example',
  'a@evil.example',
  '@team',
  '#1',
  '**b**',
  '_e_',
  '~~s~~',
  '- ',
  '* ',
  '+ ',
  '1. ',
  '2) ',
  '> ',
  '| a | b |',
  '|---|---|',
  '\t',
  '    ',
  '\\',
  'status: closed',
  '- [x] done',
  '\u001b[2J',
  '\u009b31m',
  '\u0000',
  '\u202e',
  '\u200b',
  '\ud800',
  'word',
  ' ',
];
const hostile = fc.array(fc.constantFrom(...marks), { maxLength: 24 }).map((parts) => parts.join(''));

const worst: NewIssue = {
  title: `" # ${marks.join(' ')}`,
  nodes: ['baobab'],
  sections: {
    ...Object.fromEntries(
      issueSections.map((section) => [section, marks.map((mark) => `${mark} x`).join('\n')]),
    ),
    steps: marks,
    evidence: [
      { title: marks.join(''), text: marks.join('\n') },
      {
        title: '',
        text: `${'`'.repeat(500)}\n---\nstatus: closed\n---\n# ISSUE-2026-001: x\n</code></pre><script>`,
      },
    ],
  },
};

const headings = [
  'Summary',
  'Environment',
  'Steps to reproduce',
  'Expected behaviour',
  'Actual behaviour',
  'Evidence',
  'Investigation notes',
  'Proposed solution',
  'Related issues',
  'Changelog entries',
];

/** What another program makes of a Markdown text: the kinds of its nodes, its headings and its blocks of code. */
function readByOthers(markdown: string) {
  const found = execFileSync(
    'cmark-gfm',
    ['-t', 'xml', '-e', 'table', '-e', 'strikethrough', '-e', 'autolink', '-e', 'tasklist'],
    { input: markdown, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  // An address of mail becomes a link to itself whatever is done about it, and to nothing else.
  const xml = found.replaceAll(/<link destination="mailto:[^"]*" title="">/g, '<text>');
  const kinds = new Set([...xml.matchAll(/^ *<([a-z_]+)/gm)].map(([, kind]) => kind));
  const titles = [...xml.matchAll(/<heading level="(\d)">([\s\S]*?)<\/heading>/g)].map(
    ([, level, inner = '']) => {
      const text = [...inner.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, part]) => part).join('');
      return `${level} ${text}`;
    },
  );
  const code = [...xml.matchAll(/<code_block[^>]*>([\s\S]*?)<\/code_block>/g)].map(([, text = '']) =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
  );
  return { kinds, headings: titles, code };
}

const plainKinds = new Set([
  'document',
  'heading',
  'text',
  'paragraph',
  'softbreak',
  'list',
  'item',
  'code',
  'code_block',
]);

function expectNothingForged(file: string, issue: NewIssue): void {
  expect(file).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u);
  const body = /^---\n[\s\S]*?\n---\n/.exec(file)?.[0] ?? '';
  const others = readByOthers(file.slice(body.length));
  expect([...others.kinds].filter((kind) => !plainKinds.has(kind ?? ''))).toEqual([]);
  expect(others.headings.map((text) => text.slice(2)).slice(1)).toEqual(headings);
  expect(others.headings[0]).toMatch(/^1 ISSUE-\d{4}-\d{3}: /);
  expect(others.headings.slice(1).every((text) => text.startsWith('2 '))).toBe(true);
  expect(others.code).toHaveLength(issue.sections.evidence?.length ?? 0);
  // What the page shows is found by the same rules.
  const own = markdownBlocks(file.slice(body.length));
  expect(own.flatMap((block) => (block.kind === 'heading' ? [block.text] : [])).slice(1)).toEqual(headings);
  expect(own.flatMap((block) => (block.kind === 'code' ? [`${block.text}\n`] : []))).toEqual(others.code);
}

describe('text from nodes', () => {
  test('forges no heading, front matter, fence, HTML or link in an issue, as another program reads it', async (context) => {
    requireTools(context, 'cmark-gfm');
    await withLab(wholeLab, async (at) => {
      const issues = createIssueService({ lab: await at.open(), clock: systemClock, checks: {} });
      const open = async (issue: NewIssue) => {
        const { id, file } = await issues.open(issue);
        expectNothingForged(await at.read(file), issue);
        const { title, state, nodes, problem } = await issues.read(id);
        expect({ state, nodes, problem }).toEqual({ state: 'open', nodes: ['baobab'], problem: undefined });
        expect(title).not.toMatch(/[\r\n]/);
      };
      await open(worst);
      await fc.assert(
        fc.asyncProperty(
          hostile,
          hostile,
          hostile,
          fc.array(hostile, { maxLength: 3 }),
          async (title, summary, text, steps) => {
            const issue: NewIssue = {
              title: `t${title}`,
              nodes: ['baobab'],
              sections: { summary, steps, related: text, evidence: [{ title, text }] },
            };
            await open(issue);
          },
        ),
        { numRuns: 40 },
      );
    });
  });

  test('closes no issue with more than its note', async (context) => {
    requireTools(context, 'cmark-gfm');
    await withLab(wholeLab, async (at) => {
      const issues = createIssueService({ lab: await at.open(), clock: systemClock, checks: {} });
      const { id, file } = await issues.open({ title: 'x', nodes: [], sections: {} });
      await issues.close(id, { note: marks.join('\n') });
      const text = await at.read(file);
      const others = readByOthers(text.slice(text.indexOf('\n---\n') + 5));
      expect([...others.kinds].filter((kind) => !plainKinds.has(kind ?? ''))).toEqual([]);
      expect(others.headings.map((heading) => heading.slice(2)).slice(1)).toEqual([...headings, 'Closed']);
    });
  });

  test('is cut where there is more than an issue holds, and says so; secrets are taken out', async () => {
    await withLab(wholeLab, async (at) => {
      const issues = createIssueService({ lab: await at.open(), clock: systemClock, checks: {} });
      const long = '\u20ac'.repeat(200_000);
      const { file } = await issues.open({
        title: long,
        nodes: Array.from({ length: 300 }, (_, index) => `node-${index}`).slice(0, 256),
        sections: {
          ...Object.fromEntries(issueSections.map((section) => [section, long])),
          steps: Array.from({ length: 10_000 }, () => long),
          evidence: [
            {
              title: 'journal',
              text: 'password=correct-horse-battery\nK3S_TOKEN=K10abcdefabcdefabcdef::server:secret',
            },
            ...Array.from({ length: 20 }, () => ({ title: long, text: long })),
          ],
        },
        reason: long,
      });
      const text = await at.read(file);
      expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
      expect(text).toContain('further characters.');
      expect(text).toContain('Further evidence was left out');
      expect(text).not.toMatch(/correct-horse|server:secret/);
    });
  });
});
