import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatter } from '@lingui/format-po';
import { describe, expect, it } from 'vitest';
import linguiConfig from '../../../lingui.config.ts';
import { readingsOf } from './message-readings.ts';

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

/** What of the message the translation lacks or adds, in each way in which it can be read. */
function differences({ message, translation }: Pick<Translation, 'message' | 'translation'>): string[] {
  const translated = readingsOf(translation, message);
  return [...readingsOf(message, translation)]
    .filter(([reading, wanted]) => translated.get(reading)?.join(' ') !== wanted.join(' '))
    .map(([reading]) => `${translation} (${reading})`);
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
    expect(translations.flatMap(differences)).toEqual([]);
  });

  it.each([
    [
      '{n, plural, one {# node} other {# nodes}}',
      '{n, plural, one {ein Knoten} other {# Knoten}}',
      ['n=one'],
    ],
    [
      '{n, plural, one {{a} node} other {{a} nodes}}',
      '{n, plural, one {{a} Knoten} other {Knoten}}',
      ['n=other'],
    ],
    [
      '{a} of {n, plural, one {<0>#</0>} other {#}}',
      '{n, plural, one {{a} von <0>#</0>} other {{a} von #}}',
      [],
    ],
    ['{n, plural, one {#} other {#}}', '{n, plural, one {#} few {# {a}} other {#}}', ['n=few']],
    [
      '{n, plural, one {#} other {#}}, {m, plural, one {#} other {#}}',
      '{n, plural, one {#} other {#}}, {m}',
      ['m=one n=one', 'm=one n=other', 'm=other n=one', 'm=other n=other'],
    ],
    ['{a} <0>b</0>', '<0>{a}</0>', []],
    ['{a}', 'a', ['']],
  ])('of %s are not all kept in %s: %j', (message, translation, wrong) => {
    expect(differences({ message, translation })).toEqual(
      wrong.map((reading) => `${translation} (${reading})`),
    );
  });

  it.each(others)('say the same text everywhere in the same words in “%s”', async (locale) => {
    // The page puts its catalogs together by the English text: of two translations the last one would win. The window's
    // menu and questions have their own, and stand beside the page.
    const known = new Map<string, Translation>();
    const contradictions: [Translation, Translation][] = [];
    for (const one of await translationsOf(locale)) {
      const text = `${one.context}: ${one.message}`;
      const other = known.get(text);
      if (other && other.translation !== one.translation) contradictions.push([other, one]);
      known.set(text, one);
    }
    expect(contradictions).toEqual([]);
  });
});
