import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/faults.md', root), 'utf8');
const folder = new URL('tests/integration/writer/', root);

it('the page about faults has the number of points that are tried, and tests that are there', () => {
  const [points, some] = [numberOf('allPoints'), numberOf('somePoints')];
  expect(page).toContain(`tried at ${points} points of a burn`);
  expect(page).toContain(`in every run at ${some} of them`);
  const rows = [...page.matchAll(/`(faults-of-[a-z-]+\.test\.ts)`(?:: (.*?))? \| (\d+) \|/g)];
  expect(rows.length).toBe(4);
  for (const [, file = '', list = '', number] of rows) {
    expect(number, file).toBe(points);
    const marks = list.match(/[¹²³⁴]/g)?.length ?? 1;
    // One test, or one in a loop over two, for each thing that the row names.
    const tests = text(file).match(/^ *it\(/gm)?.length ?? 0;
    expect(text(file).includes('for (const alsoWriter') ? tests + 1 : tests, file).toBe(marks);
    expect(inLong(file), file).toContain(`import '../../integration/writer/${file}'`);
  }
});

function numberOf(name: string): string {
  return new RegExp(`^const ${name} = (\\d+);`, 'm').exec(text('fault-stage.ts'))?.[1] ?? '';
}

/** The same tests at all points. */
function inLong(file: string): string {
  return readFileSync(new URL(`tests/long/writer/${file}`, root), 'utf8');
}

function text(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}
