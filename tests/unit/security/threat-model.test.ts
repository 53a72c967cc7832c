import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contractMethods } from '../router/contract-methods.ts';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/security.md', root), 'utf8');

/** `folder/name.test.ts`: “a test”, “another” */
const reference = /`((?:unit|integration|e2e|long)\/[^`\s]+\.test\.ts)`:((?:\s+“[^”]+”,?)+)/g;

const named = [...page.matchAll(reference)].flatMap(([, file = '', names = '']) =>
  [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => [file, name.replaceAll(/\s+/g, ' ')] as const),
);

/** Rows of the tables that have a column for the proof. */
function provenRows(): string[] {
  const tables = page.split('\n\n').filter((block) => /^\|.*\| Proof \|$/m.test(block));
  return tables.flatMap((table) => table.split('\n').filter((line) => /^\| (?!From \|)/.test(line)));
}

/** Whether a test, or a group of them, has that title where it is declared; “…” stands for what the source fills in. */
function declares(source: string, name: string): boolean {
  const title = name
    .split('…')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
    .join('[^\\n]*?');
  // Right behind the call or its table, or in a table of titles; never one that is skipped or only planned.
  return new RegExp(String.raw`(?<!\.(?:skip|todo)\(\s*)(?<=[([,]\s*)(['"\x60])${title}\1`).test(source);
}

describe('the threat model', () => {
  it('has a test in every line of its tables, or says that there is none', () => {
    const rows = provenRows();
    expect(rows.length).toBeGreaterThan(40);
    for (const row of rows) expect(row).toMatch(/\.test\.ts`: “/);
  });

  it('has nothing but rows in its tables, as what a merge leaves would be', () => {
    const tables = page.split('\n\n').filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(3);
    for (const line of tables.flatMap((table) => table.trimEnd().split('\n')))
      expect(line).toMatch(/^\|.*\|$/);
  });

  it('says nothing of tests in another form, which would not be looked for', () => {
    const files = page.match(/[\w-]+\.test\.ts/g) ?? [];
    expect(files.length).toBe([...page.matchAll(reference)].length);
    expect(named.length).toBeGreaterThan(90);
  });

  it.each(named)('%s has the test “%s”', (file, name) => {
    const path = new URL(`tests/${file}`, root);
    expect(existsSync(path)).toBe(true);
    expect(declares(readFileSync(path, 'utf8'), name)).toBe(true);
  });

  it('would miss a test that is gone, skipped or only planned', () => {
    expect(declares("it('works', () => 1)", 'works')).toBe(true);
    expect(declares("it.each(x)('works with %s', () => 1)", 'works with …')).toBe(true);
    expect(declares("it('works well', () => 1)", 'works')).toBe(false);
    expect(declares("it.skip('works', () => 1)", 'works')).toBe(false);
    expect(declares("it.todo('works')", 'works')).toBe(false);
    expect(declares('// works', 'works')).toBe(false);
  });

  it('names every method that is for operators', () => {
    const [, list = ''] = /## What a page can ask for\n([^]*?)\n## /.exec(page) ?? [];
    const methods = contractMethods().filter(({ policy }) => policy.role === 'operator');
    expect(methods.length).toBeGreaterThan(10);
    for (const { name } of methods) expect(list).toContain(`\`${name}\``);
  });
});
