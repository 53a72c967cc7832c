import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ownCommand } from '../../../electron/services/own-command.ts';
import { findWindowProgram } from '../../../electron/services/window-program.ts';

const root = resolve(import.meta.dirname, '../../..');
let app = '';
let resources = '';

/** The command's part of an installed app, beside the archive. */
beforeEach(async () => {
  app = await mkdtemp(join(tmpdir(), 'sifaka-installed-'));
  resources = join(app, 'resources', 'cli', 'resources');
  await mkdir(resources, { recursive: true });
  await writeFile(join(app, 'resources', 'app.asar'), '');
});
afterEach(() => rm(app, { recursive: true, force: true }));

describe('whether there is a window of its own', () => {
  it.each(['linux', 'win32'] as const)(
    'an installed command on %s knows the app it came with',
    async (os) => {
      const written: { productName: string; linux: { executableName: string } } = parse(
        await readFile(join(root, 'electron-builder.yml'), 'utf8'),
      );
      const program = join(app, os === 'linux' ? written.linux.executableName : `${written.productName}.exe`);
      await writeFile(program, '');
      expect(await findWindowProgram(resources, os)).toEqual({
        ok: true,
        detail: `Installed with this command: ${program}.`,
      });
    },
  );

  it('an installed command whose app was taken away says what to do', async () => {
    const { ok, detail } = await findWindowProgram(resources, 'linux');
    expect(ok).toBe(false);
    expect(detail).toMatch(/sifaka-desktop is missing: install Sifaka again/);
  });

  it('a checkout knows whether its binary was fetched', async () => {
    const isFetched = existsSync(join(root, 'node_modules/electron/path.txt'));
    const { ok, detail } = await findWindowProgram(join(root, 'resources'));
    expect(ok).toBe(isFetched);
    expect(detail).toContain('`npm start`');
    if (!isFetched) expect(detail).toContain('`sifaka serve`');
  });
});

describe('what the command is called in what is to be pasted', () => {
  it('is its own name where it is installed, also to the window in its archive, and by npx in a checkout', () => {
    expect(ownCommand(resources)).toBe('sifaka');
    expect(ownCommand(join(app, 'resources', 'app.asar', 'resources'))).toBe('sifaka');
    expect(ownCommand(join(root, 'resources'))).toBe('npx sifaka');
    expect(ownCommand(undefined)).toBe('npx sifaka');
  });
});
