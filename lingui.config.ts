import { defineConfig } from '@lingui/cli';
import { formatter } from '@lingui/format-po';

/**
 * `npm run translations` brings the catalogs in step with the sources. English is the language of the sources; each part of
 * the app has catalogs of its own, so that a page's words lie together and two changes seldom meet in one file.
 */
export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'de'],
  catalogs: [
    {
      path: 'renderer/locales/{locale}/frame',
      include: ['renderer'],
      exclude: ['renderer/pages/**', 'renderer/wizards/**'],
    },
    { path: 'renderer/locales/{locale}/pages', include: ['renderer/pages'] },
    { path: 'renderer/locales/{locale}/wizards', include: ['renderer/wizards'] },
    { path: 'electron/shell/locales/{locale}', include: ['electron/main.ts', 'electron/shell'] },
  ],
  format: formatter({ lineNumbers: false }),
  orderBy: 'message',
});
