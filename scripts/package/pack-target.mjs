import { existsSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Arch, build, Platform } from 'electron-builder';
import { parse } from 'yaml';
import { root } from '../bootstrap.mjs';
import { targetOf } from './hooks.mjs';
import { nodeAtHand } from './node-runtime.mjs';
import { placeholderElectron } from './placeholder-electron.mjs';
import { stage } from './stage.mjs';

/**
 * Packs one target as electron-builder.yml says, in all of its formats or in those given. Resolves to the packed Electron
 * binary, the fuses it should have, and what in it is only a placeholder.
 */
export async function packTarget({ os, arch, output, formats, offline }) {
  const written = parse(await readFile(join(root, 'electron-builder.yml'), 'utf8'));
  const platform = os === 'win' ? Platform.WINDOWS : Platform.LINUX;
  const placeholders = [];
  await build({
    projectDir: root,
    targets: platform.createTarget(formats ?? formatsFor(written[os], arch), Arch[arch]),
    publish: 'never',
    config: {
      directories: { output },
      ...(offline ? await withoutDownloads({ os, arch, placeholders }) : {}),
      ...updateChannel(process.env.SIFAKA_UPDATE_URL),
      ...homepage(process.env.SIFAKA_HOMEPAGE),
    },
  });
  const folder = join(output, `${os}${arch === 'x64' ? '' : `-${arch}`}-unpacked`);
  const binary = join(folder, os === 'win' ? `${written.productName}.exe` : written.linux.executableName);
  await assertComplete(join(folder, 'resources'), os);
  return { binary, fuses: written.electronFuses, placeholders };
}

/** electron-builder only warns of a folder that is not there. */
async function assertComplete(resources, os) {
  const runtime = os === 'win' ? 'writer/node.exe' : 'writer/node';
  for (const file of ['app.asar', 'cli/out/main/cli.js', 'writer/writer.mjs', runtime])
    await access(join(resources, file));
}

function formatsFor(written, arch) {
  return written.target.filter((one) => one.arch.includes(arch)).map((one) => one.target);
}

async function withoutDownloads({ os, arch, placeholders }) {
  const installed = await installedElectron({ os, arch });
  if (installed === undefined) placeholders.push('Electron');
  return {
    electronDist: installed ?? (await placeholderElectron({ os, arch })),
    async beforePack(context) {
      const { node, placeholder } = await nodeAtHand(targetOf(context));
      if (placeholder) placeholders.push('Node');
      await stage({ os, arch, node });
    },
  };
}

/** Electron as it was fetched for `npm start`, if it is the one for this target. */
async function installedElectron({ os, arch }) {
  const here = process.platform === 'win32' ? 'win' : process.platform;
  if (os !== here || arch !== process.arch) return undefined;
  const folder = join(root, 'node_modules', 'electron');
  const binary = await readFile(join(folder, 'path.txt'), 'utf8').catch(() => undefined);
  return binary !== undefined && existsSync(join(folder, 'dist', binary)) ? join(folder, 'dist') : undefined;
}

/** An address makes electron-builder write app-update.yml into the package, and latest*.yml beside it. */
function updateChannel(address) {
  if (address === undefined || address === '') return {};
  const { protocol, href } = new URL(address);
  if (protocol !== 'https:') throw new Error('SIFAKA_UPDATE_URL has to be an https address.');
  return { publish: [{ provider: 'generic', url: href }] };
}

function homepage(address) {
  return address === undefined || address === ''
    ? {}
    : { extraMetadata: { homepage: new URL(address).href } };
}
