import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltPage, buildPage } from '../../e2e/built-page.ts';

const root = join(import.meta.dirname, '../../..');
const styles = join(root, 'node_modules/@mantine/core/styles');

/** What every part of Mantine stands on. */
const always = ['baseline', 'default-css-variables', 'global'];

let built: BuiltPage;

beforeAll(async () => {
  built = await buildPage();
});

afterAll(() => built.remove());

describe('the styles of Mantine', () => {
  it('are there for each of its parts in the built page, and for no other', async () => {
    // A part's class names are in `Button.module.mjs`, its rules in `styles/Button.layer.css`.
    const parts = built.modules.flatMap(
      (file) => /\/@mantine\/core\/.*\/([^/]+)\.module\.mjs$/.exec(file)?.[1] ?? [],
    );
    const wanted = [...parts, ...always].filter((part) => existsSync(join(styles, `${part}.layer.css`)));
    expect(wanted.length).toBeGreaterThan(10);
    expect((await imported()).toSorted()).toEqual([...new Set(wanted)].toSorted());
  });

  it('come in the order of Mantine’s own file, so that what a part is made of comes before it', async () => {
    const whole = await readFile(join(styles, '../styles.layer.css'), 'utf8');
    const places = await Promise.all(
      (await imported()).map(async (part) => {
        const rules = await readFile(join(styles, `${part}.layer.css`), 'utf8');
        return whole.indexOf(
          rules
            .replace(/^@layer mantine \{/, '')
            .trimStart()
            .slice(0, 120),
        );
      }),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});

async function imported(): Promise<string[]> {
  const source = await readFile(join(root, 'renderer/app/mantine-styles.ts'), 'utf8');
  return [...source.matchAll(/^import '(.+)\.layer\.css';$/gm)].map(([, file]) => basename(file ?? ''));
}
