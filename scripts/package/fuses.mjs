import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';

/** electron-builder's names in electron-builder.yml, and the fuses they stand for. */
const fuses = {
  runAsNode: FuseV1Options.RunAsNode,
  enableCookieEncryption: FuseV1Options.EnableCookieEncryption,
  enableNodeOptionsEnvironmentVariable: FuseV1Options.EnableNodeOptionsEnvironmentVariable,
  enableNodeCliInspectArguments: FuseV1Options.EnableNodeCliInspectArguments,
  enableEmbeddedAsarIntegrityValidation: FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
  onlyLoadAppFromAsar: FuseV1Options.OnlyLoadAppFromAsar,
  grantFileProtocolExtraPrivileges: FuseV1Options.GrantFileProtocolExtraPrivileges,
};

/** Reads the fuses back from a packed binary. Throws when one is not as `wanted` (electron-builder.yml's electronFuses) says. */
export async function assertFuses(binary, wanted) {
  const wire = await getCurrentFuseWire(binary);
  for (const [name, value] of Object.entries(wanted)) {
    if (!(name in fuses)) throw new Error(`The fuse ${name} is not one that is checked.`);
    const state = wire[fuses[name]];
    // The wire has a character for each: 0 is off, 1 is on, r is one that this Electron no longer has.
    if (state !== (value ? '1' : '0').charCodeAt(0))
      throw new Error(
        `${binary}: the fuse ${name} is ${String.fromCharCode(state)}, and should be ${value ? 'on' : 'off'}.`,
      );
  }
}
