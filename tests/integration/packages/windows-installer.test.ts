import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';
import { root } from './packed-tree.ts';

const execute = promisify(execFile);
const include = join(root, 'build/windows/installer.nsh');

it('what the installer for Windows does besides is understood by NSIS, without a warning', async (context) => {
  requireTools(context, 'makensis');
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-nsis-'));
  try {
    // The macros as electron-builder's installer.nsi and uninstaller.nsh insert them.
    const script = join(folder, 'script.nsi');
    await writeFile(
      script,
      `Unicode true
Name "Sifaka"
OutFile "${join(folder, 'Sifaka-test.exe')}"
RequestExecutionLevel admin
InstallDir "$PROGRAMFILES64\\Sifaka"
!define APP_EXECUTABLE_FILENAME "Sifaka.exe"
!include "${include}"
Section
  !insertmacro customInstall
  WriteUninstaller "$INSTDIR\\uninstall.exe"
SectionEnd
Section "un.Uninstall"
  !insertmacro customUnInstall
SectionEnd
`,
    );
    await execute('makensis', ['-V2', '-WX', script]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('what it adds it takes away again', async () => {
  const text = await readFile(include, 'utf8');
  const keys = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, key]) => key);
  const written = new Set(keys(/WriteRegStr HKLM "([^"]+)"/g));
  const [removed] = keys(/DeleteRegKey HKLM "([^"]+)"/g);
  expect([...written].every((key) => key === removed || key?.startsWith(`${removed}\\`))).toBe(true);
  expect(keys(/!insertmacro sifakaCommandPath (\w+)/g)).toEqual(['Add', 'Remove']);
});

it('is the only one that makes links known, and nothing in a link is an option', async () => {
  const text = await readFile(include, 'utf8');
  expect(text).toContain(
    String.raw`WriteRegStr HKLM "Software\Classes\sifaka\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" -- "%1"'`,
  );
  // The portable program would make a folder known that is gone when it ends.
  const sources = globSync('electron/{main.ts,shell/*.ts}', { cwd: root });
  expect(sources.length).toBeGreaterThan(10);
  for (const file of sources)
    expect([file, (await readFile(join(root, file), 'utf8')).includes('ProtocolClient')]).toEqual([
      file,
      false,
    ]);
});
