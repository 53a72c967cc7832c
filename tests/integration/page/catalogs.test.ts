import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatter } from '@lingui/format-po';
import { describe, expect, it } from 'vitest';
import linguiConfig from '../../../lingui.config.ts';

const root = join(import.meta.dirname, '../../..');
const lingui = join(root, 'node_modules/@lingui/cli/dist/lingui.js');
const execute = promisify(execFile);

/** What `lingui check` says of the catalogs as they are on the disk; it writes nothing. */
async function check(...parameters: string[]): Promise<string> {
  // One worker is this process itself: Lingui takes another file for its workers when it sees that it is tested.
  const command = [lingui, 'check', ...parameters, '--verbose', '--workers', '1'];
  const { stdout } = await execute(process.execPath, command, { cwd: root }).catch((failure: unknown) => {
    if (failure instanceof Error && 'stderr' in failure) throw new Error(String(failure.stderr));
    throw failure;
  });
  return stdout;
}

interface Translation {
  readonly catalog: string;
  readonly message: string;
  /** Tells two texts of the same words apart. */
  readonly context: string;
  readonly translation: string;
}

async function translationsOf(locale: string): Promise<Translation[]> {
  const paths = linguiConfig.catalogs?.map(({ path }) => `${path.replace('{locale}', locale)}.po`) ?? [];
  const catalogs = await Promise.all(
    paths.map(async (catalog) => {
      const text = await readFile(join(root, catalog), 'utf8');
      const entries = await formatter().parse(text, { locale, sourceLocale: 'en', filename: catalog });
      return Object.values(entries).map(({ message, context, translation }) => ({
        catalog,
        message: message ?? '',
        context: context ?? '',
        translation: translation ?? '',
      }));
    }),
  );
  return catalogs.flat();
}

/** What a translation must take over, at whatever place and however often: `{name}`, `<0>`, `</0>`, `<0/>`. */
function placeholdersOf(message: string): string[] {
  return [...new Set(message.match(/\{\w+[,}]|<\/?\d+\/?>/g))].toSorted();
}

describe('the catalogs', () => {
  it('hold the marked texts of the sources, no more and no less', async () => {
    // Run `npm run translations` when this is red.
    expect(await check('sync', '--clean')).toContain('PASS');
  });

  it('are complete in every language', async () => {
    expect(await check('missing', '--mode', 'catalog')).toContain('PASS');
  });

  const others = linguiConfig.locales.filter((locale) => locale !== linguiConfig.sourceLocale);
  it.each(others)('keep every placeholder and element in “%s”', async (locale) => {
    const translations = await translationsOf(locale);
    expect(translations.length).toBeGreaterThan(100);
    expect(
      translations.filter(
        ({ message, translation }) =>
          placeholdersOf(message).join(' ') !== placeholdersOf(translation).join(' '),
      ),
    ).toEqual([]);
  });

  it.each(others)('say the same text everywhere in the same words in “%s”', async (locale) => {
    // The page puts its catalogs together by the English text: of two translations the last one would win.
    const known = new Map<string, Translation>();
    const contradictions: [Translation, Translation][] = [];
    for (const one of await translationsOf(locale)) {
      if (one.catalog.startsWith('electron/')) continue;
      const text = `${one.context}: ${one.message}`;
      const other = known.get(text);
      if (other && other.translation !== one.translation) contradictions.push([other, one]);
      known.set(text, one);
    }
    expect(contradictions).toEqual([]);
  });
});
