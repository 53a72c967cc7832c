import { globSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Imports every module of electron/ but those that need Electron, or that are a program and begin to work. */
const root = fileURLToPath(new URL('../../../electron/', import.meta.url));
const left: readonly RegExp[] = [
  /^main\.ts$/,
  /^preload\.ts$/,
  /^shell\//,
  /^cli\/main\.ts$/,
  /^cli\/ha-sync\.ts$/,
  /^writer\/main\.ts$/,
  // A thread's, which is started with data that say which program it is.
  /^services\/sync\/engine\/(sync-thread|survey-program|apply-program)\.ts$/,
];

const modules = globSync('**/*.ts', { cwd: root })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => !left.some((pattern) => pattern.test(path)))
  .toSorted();
for (const path of modules) await import(pathToFileURL(root + path).href);
process.stdout.write(JSON.stringify({ platform: process.platform, modules }));
