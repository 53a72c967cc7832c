import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NtExecutable, NtExecutableResource, Resource } from 'resedit';
import { root } from '../bootstrap.mjs';
import { stageFolder } from './stage.mjs';

/**
 * What marks Electron's fuse wire (electron/fuses, "SENTINEL"), then the version of the wire, how many fuses it has, and
 * one character for each, as Electron is published: run as node, cookie encryption, NODE_OPTIONS, inspect arguments, archive
 * integrity, only from the archive, browser snapshot, file protocol privileges.
 */
const fuseWire = Buffer.concat([
  Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
  Buffer.from([1, 8]),
  Buffer.from('10110001'),
]);

/**
 * A folder in the shape of an unpacked Electron, whose binary only says that it is not one. It carries a fuse wire, and for
 * Windows it is an executable file with resources, so that electron-builder's own steps run on it and can be checked.
 */
export async function placeholderElectron({ os, arch }) {
  const folder = join(root, stageFolder, `electron-${os}-${arch}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'locales'), { recursive: true });
  const binary = os === 'win' ? windowsBinary() : linuxBinary();
  await writeFile(join(folder, os === 'win' ? 'electron.exe' : 'electron'), binary, { mode: 0o755 });
  await writeFile(
    join(folder, 'PLACEHOLDER.txt'),
    'This package was made without Electron, to look at its other contents. It does not start.\n',
  );
  return folder;
}

function linuxBinary() {
  const script =
    '#!/bin/sh\necho "This package was made without Electron: it does not start." >&2\nexit 69\n# Fuse wire: ';
  return Buffer.concat([Buffer.from(script), fuseWire, Buffer.from('\n')]);
}

/** An executable without code, with the one version resource that electron-builder looks for. */
function windowsBinary() {
  const executable = NtExecutable.createEmpty(false, false);
  const resources = NtExecutableResource.from(executable);
  const version = Resource.VersionInfo.createEmpty();
  version.setStringValues({ lang: 0x0409, codepage: 1200 }, { ProductName: 'placeholder' });
  version.outputToResourceEntries(resources.entries);
  resources.outputResource(executable);
  // Behind the last section, where further edits of the resources leave it.
  executable.setExtraData(fuseWire);
  return Buffer.from(executable.generate());
}
