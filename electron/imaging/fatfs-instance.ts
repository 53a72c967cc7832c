import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type DiskIO, type FatFs } from 'js-fatfs';

type Imports = Record<string, unknown>;

interface Instance {
  readonly exports: Record<string, unknown>;
}

/** The compiler knows WebAssembly only together with a browser's types; this is the part that is used. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  readonly Instance: new (module: object, imports: Record<string, Imports>) => Instance;
};

/**
 * FatFs in an instance of its own, for which it is always `now`, in UTC: the WASM asks the outside for the time and for
 * its calendar fields, and both answers are ours.
 */
export async function createFatFs(diskio: DiskIO, now: Date): Promise<FatFs> {
  const binary = readFileSync(createRequire(import.meta.url).resolve('js-fatfs/dist/fatfs.wasm'));
  const module = await WebAssembly.compile(binary);
  const memory: { bytes: (() => Uint8Array) | undefined } = { bytes: undefined };
  const options = {
    diskio,
    // Emscripten's hook for making the instance oneself.
    instantiateWasm: (imports: Record<string, Imports>, ready: (instance: Instance) => void) => {
      const clocked = Object.fromEntries(
        Object.entries(imports).map(([name, functions]) => [name, withClock(functions, now, memory)]),
      );
      const instance = new WebAssembly.Instance(module, clocked);
      ready(instance);
      return instance.exports;
    },
  };
  const fatfs = await create(options);
  memory.bytes = () => fatfs.HEAPU8;
  return fatfs;
}

/** The import's names are minified, but the functions behind them keep theirs. */
function withClock(
  functions: Imports,
  now: Date,
  memory: { bytes: (() => Uint8Array) | undefined },
): Imports {
  const replacements: Record<string, (...given: number[]) => number | undefined> = {
    _emscripten_date_now: () => now.getTime(),
    __localtime_js: (...given) => {
      const bytes = memory.bytes?.();
      const place = given.at(-1);
      if (bytes && place !== undefined) putCalendar(new DataView(bytes.buffer), place, now);
      return undefined;
    },
  };
  const missing = new Set(Object.keys(replacements));
  const replaced = Object.fromEntries(
    Object.entries(functions).map(([name, original]) => {
      const known = typeof original === 'function' ? original.name : '';
      missing.delete(known);
      return [name, replacements[known] ?? original];
    }),
  );
  if (missing.size > 0)
    throw new Error(`js-fatfs asks for the time in another way: ${[...missing].join(', ')}`);
  return replaced;
}

/** Emscripten's `struct tm`: nine 32-bit numbers from seconds to daylight saving, then the offset from UTC. */
function putCalendar(memory: DataView, place: number, now: Date): void {
  const firstOfYear = Date.UTC(now.getUTCFullYear(), 0, 1);
  const fields = [
    now.getUTCSeconds(),
    now.getUTCMinutes(),
    now.getUTCHours(),
    now.getUTCDate(),
    now.getUTCMonth(),
    now.getUTCFullYear() - 1900,
    now.getUTCDay(),
    Math.floor((now.getTime() - firstOfYear) / 86_400_000),
    0,
    0,
  ];
  for (const [index, value] of fields.entries()) memory.setInt32(place + index * 4, value, true);
}
