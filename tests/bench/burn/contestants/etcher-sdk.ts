import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { runTool } from '../run-tool.ts';
import type { Contestant, Task } from './contestant.ts';
import type { PeerJob } from './etcher-sdk-writer.ts';
import { checkUsedBlocks, checkWholeImage } from './used-blocks-check.ts';

/**
 * Compiles the peer's direct-io in a folder of the benchmark; it uses Node-API, so the headers of any Node serve. Answers
 * the path of the addon; throws without a compiler or headers.
 */
export async function compileDirectIo(folder: string, signal: AbortSignal): Promise<string> {
  const copy = join(folder, 'direct-io');
  await cp(packageFolder('@ronomon/direct-io'), copy, { recursive: true });
  const places = [
    resolve(dirname(process.execPath), '..'),
    resolve(dirname(process.execPath), `../node_modules/node-${process.platform}-${process.arch}`),
    '/usr',
  ];
  const headers = places.find((place) => existsSync(join(place, 'include/node/node_api.h')));
  if (headers === undefined) throw new Error('no headers of Node');
  await runTool(
    process.execPath,
    [join(packageFolder('node-gyp'), 'bin/node-gyp.js'), 'rebuild', '-C', copy, `--nodedir=${headers}`],
    { signal },
  );
  return join(copy, 'binding.node');
}

function packageFolder(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) throw new Error(`${name} is not installed`);
  return dirname(manifest);
}

/** `directIo`: the compiled addon, or in words why there is none. */
export function etcherSdk(directIo: { readonly addon: string } | { readonly missing: string }): Contestant[] {
  const one = (trim: boolean): Contestant => ({
    name: trim ? 'etcher-sdk, trim' : 'etcher-sdk',
    method: `decompressThenFlash, verify, decompressFirst, trim: ${trim}, BlockDevice direct: true${trim ? ' (the default of balenaEtcher)' : ' (balenaEtcher with “Trim ext{2,3,4} partitions” off)'}`,
    unable({ format }) {
      if ('missing' in directIo) return directIo.missing;
      return format === 'zst'
        ? 'does not know .zst: writes the compressed bytes and calls them verified'
        : undefined;
    },
    command(task) {
      const job: PeerJob = {
        image: task.image.files[task.format],
        device: task.device.path,
        size: task.device.size,
        trim,
        directIo: 'addon' in directIo ? directIo.addon : '',
      };
      return {
        argv: [process.execPath, join(import.meta.dirname, 'etcher-sdk-writer.ts'), JSON.stringify(job)],
        env: { TMPDIR: task.folder },
        job: { begins: (line) => typeOf(line) === 'begin', ends: (line) => typeOf(line) === 'end' },
      };
    },
    async check(task, { lines }) {
      const { steps } = JSON.parse(lines.findLast((line) => typeOf(line) === 'end') ?? '{}') as {
        steps: string[];
      };
      const missing = expectedSteps(task).find((step) => !steps.includes(step));
      if (missing !== undefined) return { good: false, why: `it did no ${missing}` };
      return await (trim ? checkUsedBlocks : checkWholeImage)(task);
    },
  });
  return [one(false), one(true)];
}

const expectedSteps = ({ format }: Task): string[] =>
  format === 'raw' ? ['flashing', 'verifying'] : ['decompressing', 'flashing', 'verifying'];

const typeOf = (line: string): string | undefined =>
  line.startsWith('{') ? (JSON.parse(line) as { type?: string }).type : undefined;
