import { Arch } from 'electron-builder';
import { fetchNode } from './node-runtime.mjs';
import { stage } from './stage.mjs';

/**
 * electron-builder's hook before each target is packed; its documentation, "Build hooks".
 *
 * @public
 */
export async function beforePack(context) {
  const target = targetOf(context);
  await stage({ ...target, node: await fetchNode(target) });
}

/**
 * Tells electron-builder that node_modules are taken care of.
 *
 * @public
 */
export async function beforeBuild() {
  return false;
}

/** What electron-builder calls the target, in the words of this project. */
export function targetOf({ electronPlatformName, arch }) {
  return { os: electronPlatformName === 'win32' ? 'win' : electronPlatformName, arch: Arch[arch] };
}
