import { existsSync } from 'node:fs';
import { join } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import { createProgram } from './program.ts';
import { runProgram } from './run-program.ts';

await runProgram((run) => createProgram(run, packageFile.version), { pageFolder: pageFolder() });

/** The built page: beside out/main when this is built, out/renderer of the checkout when it runs from source. */
function pageFolder(): string {
  const beside = join(import.meta.dirname, '..', 'renderer');
  return existsSync(join(beside, 'index.html'))
    ? beside
    : join(import.meta.dirname, '..', '..', 'out', 'renderer');
}
