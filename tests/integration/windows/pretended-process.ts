/**
 * Loaded before anything else (`node --import`): from then on this process believes that it runs on Windows, as far as a
 * program can be made to believe so elsewhere, and writes down whatever it reaches that is not there. Paths keep the
 * forward slashes of the system below. Nothing of Windows itself is imitated here; its programs are (windows-machine.ts).
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const report = process.env['PRETEND_REPORT'] ?? '';
const systemRoot = process.env['SystemRoot'] ?? '';
const appendFileSync = fs.appendFileSync;
/** What a POSIX system has and Windows has not, as far as a program could stumble over it here. */
const posixOnly = /^\/(proc|sys|dev|run|etc|media|mnt|opt|usr|s?bin|boot)(\/|$)/;
/** Node's own modules open none of these by a public function; the program that runs is looked up by its path. */
const isExempt = (path: string): boolean => path === process.execPath;

function violation(what: string): void {
  const [, , ...frames] = (new Error(what).stack ?? '').split('\n');
  const own = frames.filter((frame) => !frame.includes('node:') && !frame.includes('pretended-process'));
  appendFileSync(report, `${JSON.stringify({ what, at: own.slice(0, 4) })}\n`);
}

function pathOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString();
  return value instanceof URL && value.protocol === 'file:' ? fileURLToPath(value) : undefined;
}

type AnyFunction = (...parameters: unknown[]) => unknown;

function spied(original: AnyFunction, check: (parameters: readonly unknown[]) => void): AnyFunction {
  function spy(this: unknown, ...parameters: unknown[]): unknown {
    check(parameters);
    return Reflect.apply(original, this, parameters);
  }
  const own = (value: unknown, key: PropertyKey): unknown => {
    if (key !== promisify.custom || typeof value !== 'function') return value;
    // A function that answers with a promise is its own promised form.
    return value === original ? spy : spied(value as AnyFunction, check);
  };
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'length' || key === 'name' || key === 'prototype') continue;
    const value: unknown = Reflect.get(original, key);
    Object.defineProperty(spy, key, { value: own(value, key) });
  }
  return spy;
}

function spyOn(
  object: object,
  names: readonly string[],
  check: (name: string, parameters: readonly unknown[]) => void,
): void {
  for (const name of names) {
    const value: unknown = Reflect.get(object, name);
    if (typeof value !== 'function' || /^[A-Z_]/.test(name)) continue;
    Object.defineProperty(object, name, {
      value: spied(value as AnyFunction, (parameters) => check(name, parameters)),
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
}

function checkPaths(name: string, parameters: readonly unknown[]): void {
  for (const value of parameters.slice(0, /^(link|rename|copyFile|cp)/.test(name) ? 2 : 1)) {
    const path = pathOf(value);
    if (path === undefined || !posixOnly.test(path) || isExempt(path)) continue;
    violation(`fs.${name} ${path}`);
  }
}

spyOn(fs, Object.keys(fs), checkPaths);
spyOn(fs.promises, Object.keys(fs.promises), checkPaths);
spyOn(
  childProcess,
  ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'],
  (name, [program]) => {
    if (typeof program === 'string' && program.startsWith(`${systemRoot}/System32/`)) return;
    violation(`child_process.${name} ${String(program)}`);
  },
);
spyOn(net, ['connect', 'createConnection'], (name, [place]) => {
  if (typeof place === 'string' && !place.startsWith('\\\\.\\pipe\\')) violation(`net.${name} ${place}`);
});
spyOn(net.Server.prototype, ['listen'], (name, [place]) => {
  if (typeof place === 'string' && !place.startsWith('\\\\.\\pipe\\'))
    violation(`net.Server.${name} ${place}`);
});

Object.defineProperty(process, 'platform', { value: 'win32' });
Object.defineProperty(os, 'platform', { value: () => 'win32', configurable: true });
Object.defineProperty(os, 'type', { value: () => 'Windows_NT', configurable: true });
for (const name of [
  'getuid',
  'geteuid',
  'getgid',
  'getegid',
  'getgroups',
  'setuid',
  'setgid',
  'seteuid',
  'setegid',
]) {
  Object.defineProperty(process, name, { value: undefined, configurable: true });
}
syncBuiltinESMExports();

if (process.env['PRETEND_CLOCK'] === 'fast') {
  const now = performance.now.bind(performance);
  let looks = 0;
  performance.now = () => {
    looks += 1;
    return now() + looks * 1000;
  };
}

// As in the writer's bundle (build/writer.vite.config.ts): what would have to be compiled.
const writer = new URL('../../../electron/writer/', import.meta.url);
const standIns: Readonly<Record<string, string>> = {
  '@ronomon/direct-io': 'direct-io.ts',
  'xxhash-addon': 'not-in-the-writer.ts',
  'file-type': 'not-in-the-writer.ts',
  mountutils: 'not-in-the-writer.ts',
  'node-raspberrypi-usbboot': 'not-in-the-writer.ts',
  'cyclic-32': 'not-in-the-writer.ts',
};
// Node's constants are those of the C library it was built with (node_constants.cc), and Windows' has none of these.
const missing =
  /^(O_(DIRECT|DIRECTORY|NOFOLLOW|NONBLOCK|NOCTTY|NOATIME|SYNC|DSYNC)|S_IS.*|S_I[RWX](GRP|OTH))$/;
const constants = Object.fromEntries(Object.entries(fs.constants).filter(([name]) => !missing.test(name)));
Object.defineProperty(globalThis, 'pretendedConstants', { value: constants });

registerHooks({
  resolve(specifier, context, next) {
    const standIn = standIns[specifier];
    if (standIn !== undefined) {
      return { url: pathToFileURL(fileURLToPath(new URL(standIn, writer))).href, shortCircuit: true };
    }
    const isOurs =
      context.parentURL?.startsWith('file:') === true && !context.parentURL.includes('/node_modules/');
    if (isOurs && context.conditions.includes('import') && /^node:fs(\/promises)?$/.test(specifier)) {
      return { url: `pretended:${specifier}`, format: 'module', shortCircuit: true };
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith('pretended:')) return next(url, context);
    const original = url.slice('pretended:'.length);
    const source = `
      import original from '${original}';
      export * from '${original}';
      export const constants = globalThis.pretendedConstants;
      export default { ...original, constants };`;
    return { format: 'module', source, shortCircuit: true };
  },
});
