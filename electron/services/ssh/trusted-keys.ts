import type { HostKeysFile } from '../../../shared/schemas/host-keys.ts';
import type { Clock } from '../clock.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import { fingerprintOf, type HostKey, hostKeyOf, includesKey } from './host-key.ts';

/** The host keys that the lab trusts. */
export async function trustedKeys(lab: LabFolder, host: string): Promise<HostKey[]> {
  return keysOf((await lab.hostKeys())?.value, host);
}

/** Those of one host in the file. */
export function keysOf(file: HostKeysFile | undefined, host: string): HostKey[] {
  if (file === undefined || !Object.hasOwn(file.hosts, host)) return [];
  return (file.hosts[host]?.keys ?? []).flatMap(({ key }) => {
    const parsed = hostKeyOf(Buffer.from(key, 'base64'));
    return parsed ? [parsed] : [];
  });
}

export interface Trust {
  readonly host: string;
  readonly keys: readonly HostKey[];
  readonly by: 'fingerprint' | 'known-hosts';
  readonly replace: boolean;
  /** Thrown when other keys are trusted already and are not to be replaced. */
  readonly changed: (trusted: readonly HostKey[]) => Error;
}

/**
 * Writes into the lab that these keys are the host's; true when that is new. What is trusted is looked at again under
 * the lab's lock, so that two operators at once do not undo each other.
 */
export async function trustKeys(
  lab: LabFolder,
  clock: Clock,
  { host, keys, by, replace, changed }: Trust,
): Promise<boolean> {
  let isNew = false;
  await lab.changeHostKeys((now) => {
    const trusted = keysOf(now, host);
    const isSame = trusted.length === keys.length && keys.every((key) => includesKey(trusted, key));
    if (isSame || (!replace && keys.every((key) => includesKey(trusted, key)))) return undefined;
    if (trusted.length > 0 && !replace) throw changed(trusted);
    isNew = true;
    const fingerprints = keys.map(({ blob }) => fingerprintOf(blob)).join(', ');
    return {
      host,
      entry: {
        keys: keys.map(({ type, blob }) => ({ type, key: blob.toString('base64') })),
        trustedAt: clock.now().toISOString(),
        by,
      },
      record: {
        project: 'nodes',
        summary: `${trusted.length === 0 ? 'Trusted' : 'Replaced'} the host key of ${host}`,
        reason:
          by === 'fingerprint'
            ? 'The operator compared its fingerprint.'
            : 'It is in a file that the operator gave.',
        details: [
          `Trusted now: ${fingerprints}`,
          ...(trusted.length === 0
            ? []
            : [`Trusted before: ${trusted.map(({ blob }) => fingerprintOf(blob)).join(', ')}`]),
        ],
        affectedResources: [`cluster/host-keys.json#/hosts/${host}`],
      },
    };
  });
  return isNew;
}
