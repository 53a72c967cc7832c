import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright';
import { z } from 'zod';

/**
 * A language in which every marked text shows that it is one: ⟦around its words⟧, and ⟨around what was put into it⟩. It
 * takes the place of German in the built page, so whatever of a page stands outside of ⟦⟧ is a text that nobody marked.
 */

/** As Lingui compiles it: words, and placeholders as `[name]` or `[name, 'plural', { one: … }]`. */
type Compiled = string | readonly CompiledPart[];
type CompiledPart = string | readonly unknown[];

const compiledSchema = z.union([z.string(), z.array(z.union([z.string(), z.array(z.unknown())]))]);
const catalogSchema = z.record(z.string(), compiledSchema);

/** A copy of the built page that lies in `page`, with the marked language in the place of German. */
export async function makeMarkedPage(page: string, copy: string): Promise<void> {
  await cp(page, copy, { recursive: true });
  const assets = join(copy, 'assets');
  const [file, ...others] = (await readdir(assets)).filter((name) => /^german-.*\.js$/.test(name));
  if (file === undefined || others.length > 0) throw new Error('one file with German is expected');
  const built: unknown = await import(pathToFileURL(join(page, 'assets', file)).href);
  const german = z.object({ messages: catalogSchema }).parse(built).messages;
  const marked = Object.fromEntries(
    Object.entries(german).map(([id, message]) => [id, markedMessage(message)]),
  );
  await writeFile(join(assets, file), `export const messages = ${JSON.stringify(marked)}`);
}

/** As when the system's language changes while the page is open; `de` is the marked one. Until it is loaded anew. */
export async function speak(page: Page, language: 'en' | 'de'): Promise<void> {
  await page.evaluate(`Object.defineProperty(navigator, 'languages', { value: ['${language}'], configurable: true });
    dispatchEvent(new Event('languagechange'))`);
  await page.locator(`html[lang="${language}"]`).waitFor({ state: 'attached' });
}

function markedMessage(message: Compiled): Compiled {
  return typeof message === 'string' ? markedWords(message) : message.flatMap(markedPart);
}

function markedPart(part: CompiledPart): CompiledPart[] {
  if (typeof part === 'string') return [part === '#' ? part : markedWords(part)];
  const [name, kind, choices] = part;
  if (kind === undefined) return ['⟨', part, '⟩'];
  const forms = z.record(z.string(), z.union([compiledSchema, z.number()])).parse(choices);
  return [
    [
      name,
      kind,
      Object.fromEntries(
        Object.entries(forms).map(([key, form]) => [
          key,
          typeof form === 'number' ? form : markedMessage(form),
        ]),
      ),
    ],
  ];
}

/** Elements break a message into several texts of the page: each is marked by itself. */
function markedWords(words: string): string {
  return words
    .split(/(<\/?\d+\/?>)/)
    .map((piece, index) => (index % 2 === 1 || piece.trim() === '' ? piece : `⟦${piece}⟧`))
    .join('');
}

/**
 * What is not a text of the page's own: data in LabText, commands, times and keys, what is shown letter by letter
 * (`.mono`), and whatever names its own language, as prose of the main process does.
 */
const notOurs = '[data-lab], code, time, .mono, [lang]:not(html), script, style';

const readAttributes = [
  'aria-label',
  'aria-description',
  'aria-roledescription',
  'aria-valuetext',
  'placeholder',
  'title',
  'alt',
];

/** Every text of the page that is of its own, and every attribute that is read or shown as one, as `[where, text]`. */
const textsScript = `(() => {
  // The title of a node's page is its name, as its heading is.
  const named = document.querySelector('h1 [data-lab]')?.textContent ?? '';
  const texts = [['title', document.title.replace(named, '')]];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, data } = walker.currentNode;
    if (!parentElement.closest(${JSON.stringify(notOurs)})) texts.push([parentElement.localName, data]);
  }
  for (const name of ${JSON.stringify(readAttributes)}) {
    for (const element of document.querySelectorAll('[' + name + ']')) {
      const text = element.getAttribute(name);
      // A title may say in full what data is shown cut off.
      const verbatim = name === 'title' && element.matches('code, time, :has(> [data-lab])');
      if (!element.closest('[lang]:not(html)') && !verbatim) texts.push([name, text]);
    }
  }
  return texts;
})()`;

/** The texts of the page as it is now with words that nobody marked, each after the element or attribute that has it. */
export async function unmarkedTexts(page: Page): Promise<string[]> {
  const texts = z.array(z.tuple([z.string(), z.string()])).parse(await page.evaluate(textsScript));
  const unmarked = texts.filter(([, text]) => /\p{L}/u.test(withoutMarked(text)));
  return [...new Set(unmarked.map(([where, text]) => `${where}: ${text}`))];
}

/** Units are the same in every language (SI), and so are the names of programs and of file systems. */
const same =
  /(?<=\d[\d.,\u202f]*\s?)(?:[kMGTP]?(?:B|bit)(?:\/s)?|ms|s|min|h)\b|\b(?:Sifaka|Longhorn|k3s|ext[234]|vfat|exfat|btrfs|xfs)\b/gu;

function withoutMarked(text: string): string {
  return text
    .replace(/⟦[^⟦⟧]*⟧/g, '')
    .replace(/⟨[^⟨⟩]*⟩/g, '')
    .replace(same, '');
}
