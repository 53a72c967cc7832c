import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDesktopMemory } from '../../../electron/services/desktop-memory.ts';

let folder: string;
const logged: string[] = [];
const open = () => createDesktopMemory(folder, { line: (text) => void logged.push(text) });
beforeEach(async () => {
  logged.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'sifaka-memory-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('labs are remembered once each, the last first, and not too many', async () => {
  const memory = open();
  await Promise.all(Array.from({ length: 12 }, (_, index) => memory.rememberLab(`/lab-${index}`)));
  await memory.rememberLab('/lab-9');
  const { recentLabs } = await open().read();
  expect(recentLabs).toEqual(['/lab-9', ...[11, 10, 8, 7, 6, 5, 4].map((number) => `/lab-${number}`)]);
  expect(await readdir(folder)).toEqual(['desktop.json']);
  expect((await stat(join(folder, 'desktop.json'))).mode & 0o777).toBe(0o600);
});

test('the window and the labs do not forget each other', async () => {
  const window = { x: -5, y: 6, width: 900, height: 700, maximized: true };
  await open().rememberLab('/lab');
  await open().rememberWindow(window);
  expect(await open().read()).toEqual({ recentLabs: ['/lab'], window });
});

test.for([
  '',
  '{',
  '[]',
  '{"recentLabs":[1]}',
  '{"window":{"x":"1"}}',
  '{"window":{"x":1,"y":1,"width":-1,"height":1,"maximized":false}}',
])('what cannot be understood is nothing, and is written over: %s', async (text) => {
  await writeFile(join(folder, 'desktop.json'), text);
  expect(await open().read()).toEqual({ recentLabs: [] });
  await open().rememberLab('/lab');
  expect(await open().read()).toEqual({ recentLabs: ['/lab'] });
});

test('a folder that is gone costs nothing but the memory', async () => {
  const memory = createDesktopMemory(join(folder, 'none'), { line: (text) => void logged.push(text) });
  await memory.rememberLab('/lab');
  expect(await memory.read()).toEqual({ recentLabs: [] });
  expect(logged).toHaveLength(1);
});
