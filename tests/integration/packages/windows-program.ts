import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

interface Language {
  readonly lang: number;
  readonly codepage: number;
}

/** The few parts of resedit that are used; its own types would bring those of a browser into the whole project. */
interface Resedit {
  readonly NtExecutable: { from(file: Buffer, options: { ignoreCert: boolean }): unknown };
  readonly NtExecutableResource: {
    from(executable: unknown): { readonly entries: readonly { type: unknown; bin: ArrayBuffer }[] };
  };
  readonly Resource: {
    readonly VersionInfo: {
      fromEntries(entries: readonly unknown[]): readonly {
        getAllLanguagesForStringValues(): readonly Language[];
        getStringValues(language: Language): Record<string, string>;
      }[];
    };
    readonly IconGroupEntry: {
      fromEntries(entries: readonly unknown[]): readonly { readonly icons: readonly unknown[] }[];
    };
  };
}

const { NtExecutable, NtExecutableResource, Resource }: Resedit = createRequire(import.meta.url)('resedit');

/** What Windows, and Electron itself, read from the resources of a program. */
export async function readWindowsProgram(
  file: string,
): Promise<{ strings: Record<string, string>; icons: number; integrity: unknown }> {
  const executable = NtExecutable.from(await readFile(file), { ignoreCert: true });
  const { entries } = NtExecutableResource.from(executable);
  const [version] = Resource.VersionInfo.fromEntries(entries);
  const [language] = version?.getAllLanguagesForStringValues() ?? [];
  const integrity = entries.find(({ type }) => type === 'INTEGRITY');
  return {
    strings: version && language ? version.getStringValues(language) : {},
    icons: Resource.IconGroupEntry.fromEntries(entries)[0]?.icons.length ?? 0,
    integrity: integrity ? JSON.parse(Buffer.from(integrity.bin).toString('utf8')) : undefined,
  };
}
