import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../bootstrap.mjs';
import { bundledPackages } from './bundled-packages.mjs';

const execute = promisify(execFile);

/** In every package, though for npm they are only development's. */
const shipped = new Set(['electron', 'node', ...bundledPackages]);

/**
 * Writes the CycloneDX bill of materials: of npm's bill of everything in package-lock.json what is not for development alone,
 * the two runtimes, and what is bundled. npm's own `--omit dev` also leaves out what both the app and its development need (npm 11.19).
 */
export async function writeBillOfMaterials(path) {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const part = new Set();
  for (const [place, entry] of Object.entries(lock.packages)) {
    const name = place.split('node_modules/').at(-1);
    if (place === '') continue;
    if (place === `node_modules/${name}` && shipped.has(name)) part.add(`${name}@${entry.version}`);
    if (entry.dev !== true && entry.devOptional !== true) part.add(`${name}@${entry.version}`);
  }
  const bill = await wholeTree();
  const app = bill.metadata.component;
  // npm takes the name from the folder.
  app.name = lock.name;
  bill.components = bill.components.filter((one) => part.has(`${one.name}@${one.version}`));
  for (const one of bill.components)
    one.properties = one.properties.filter(({ name }) => name !== 'cdx:npm:package:development');
  const named = new Set([app['bom-ref'], ...bill.components.map((one) => one['bom-ref'])]);
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => named.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => named.has(one)) }));
  await writeFile(path, `${JSON.stringify(bill, null, 2)}\n`);
}

async function wholeTree() {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  args.push('--package-lock-only', '--loglevel=error');
  const npmScript = process.env.npm_execpath;
  const own = npmScript !== undefined && /npm-cli\.[cm]?js$/.test(npmScript);
  if (!own && process.platform === 'win32')
    throw new Error('On Windows this is started by npm: npm run package.');
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = own
    ? await execute(process.execPath, [npmScript, ...args], options)
    : await execute('npm', args, options);
  return JSON.parse(stdout);
}
