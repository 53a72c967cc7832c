import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltPage, buildPage } from '../../e2e/built-page.ts';

/** What the first view may cost in scripts, compressed: 350 kB. */
const budget = 350_000;

/** Of Vite's manifest: https://vite.dev/guide/backend-integration */
interface ManifestEntry {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}
type Manifest = Readonly<Record<string, ManifestEntry>>;

const today = 'pages/today/TodayPage.tsx';

let built: BuiltPage;
let manifest: Manifest;
let html: string;

beforeAll(async () => {
  built = await buildPage();
  manifest = JSON.parse(await readFile(join(built.folder, 'manifest.json'), 'utf8')) as Manifest;
  html = await readFile(join(built.folder, 'index.html'), 'utf8');
});

afterAll(() => built.remove());

/** The script files an entry cannot start without: its own, and those of everything it imports. */
function scriptsOf(key: string, seen = new Set<string>()): Set<string> {
  const entry = manifest[key];
  if (!entry) throw new Error(`the build has no ${key}`);
  if (seen.has(entry.file)) return seen;
  seen.add(entry.file);
  for (const imported of entry.imports ?? []) scriptsOf(imported, seen);
  return seen;
}

/** All that index.html loads by itself, and what Today needs if it is ever a file of its own. */
function firstView(): string[] {
  const inHtml = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].flatMap(([, file]) => file ?? []);
  const scripts = new Set([...inHtml, ...scriptsOf('index.html')]);
  if (manifest[today]) for (const file of scriptsOf(today)) scripts.add(file);
  return [...scripts];
}

describe('the first view', () => {
  it(`needs scripts of no more than ${budget / 1000} kB, compressed`, async () => {
    const sizes = await Promise.all(
      firstView().map(
        async (file) => [file, gzipSync(await readFile(join(built.folder, file))).length] as const,
      ),
    );
    const total = sizes.reduce((sum, [, size]) => sum + size, 0);
    // An empty list would be within every budget.
    expect(total, JSON.stringify(sizes)).toBeGreaterThan(50_000);
    expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(budget);
  });

  it('brings none of the other pages and wizards', () => {
    const scripts = firstView();
    const others = (manifest['index.html']?.dynamicImports ?? []).filter((key) => key !== today);
    expect(others).toEqual(
      expect.arrayContaining(['pages/jobs/JobsPage.tsx', 'wizards/cards/CardWizard.tsx']),
    );
    expect(others.filter((key) => scripts.includes(manifest[key]?.file ?? ''))).toEqual([]);
  });

  it('brings no language but English', async () => {
    const german = manifest['locales/german.ts']?.file ?? 'no German';
    const words = 'Wiederherstellungskarte';
    expect(await readFile(join(built.folder, german), 'utf8')).toContain(words);
    const scripts = firstView();
    expect(scripts).not.toContain(german);
    const texts = await Promise.all(scripts.map((file) => readFile(join(built.folder, file), 'utf8')));
    expect(texts.filter((text) => text.includes(words))).toEqual([]);
  });
});

describe('index.html', () => {
  it('names its files relatively, for app:// and http alike', () => {
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, address]) => address ?? []);
    expect(addresses.length).toBeGreaterThan(2);
    expect(addresses.filter((address) => !/^(?:\.\/assets\/|data:,$)/.test(address))).toEqual([]);
  });

  it('holds no script of its own, which the content security policy would not run', () => {
    expect([...html.matchAll(/<script(?![^>]*\ssrc=)/g)]).toEqual([]);
  });
});
