import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem } from '../../../shared/problem.ts';
import { plainNameSchema } from '../../../shared/schemas/names.ts';
import type { AppFolders } from '../folders.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import { readOrCreateDigestKey } from './digest-key.ts';
import { createIdentityFile, type Identity, type IdentityFile } from './identity-file.ts';
import { addRecipient, readRecipients } from './recipients.ts';
import { openValue, opensTo, sealedLimitBytes, sealValue, valueLimitBytes } from './sealed-value.ts';
import {
  secretExists,
  secretNameInvalid,
  secretTooLarge,
  secretUnknown,
  sealingFailed,
  secretUnreadable,
} from './secret-problems.ts';
import type { SecretStore } from './secret-store.ts';

const folder = 'metis/secrets';
const extension = '.age';

export interface SecretStoreOptions {
  readonly lab: LabFolder;
  readonly folders: Pick<AppFolders, 'config' | 'data'>;
  /** Absolute path of an age identity file; `identity.txt` in the config folder if there is none. */
  readonly identityFile?: string | undefined;
  /** log2 of scrypt's cost for new identities with a passphrase; age's own is 18. */
  readonly workFactor?: number;
}

/** Secrets in `metis/secrets/<name>.age`, sealed for `metis/secrets/recipients.txt`. */
export function createSecretStore({
  lab,
  folders,
  identityFile = join(folders.config, 'identity.txt'),
  workFactor = 18,
}: SecretStoreOptions): SecretStore {
  const identity = createIdentityFile(identityFile, { workFactor });
  let digestKey: Promise<Buffer> | undefined;

  const hmac = async () => {
    digestKey ??= readOrCreateDigestKey(join(folders.data, 'digest.key'));
    try {
      return createHmac('sha256', await digestKey);
    } catch (error) {
      digestKey = undefined;
      throw error;
    }
  };

  const readSealed = async (name: string): Promise<Uint8Array | undefined> => {
    try {
      return await lab.readBytes(sealedFile(name), sealedLimitBytes);
    } catch (error) {
      const code = asProblem(error)?.code;
      if (code === 'LAB_FILE_MISSING') return undefined;
      if (code === 'LAB_FILE_INVALID') {
        throw secretUnreadable(name, 'its file is too large or cannot be read', 'Seal the value again.');
      }
      throw error;
    }
  };

  const names = async (): Promise<string[]> =>
    (await lab.listFiles(folder))
      .filter((file) => file.endsWith(extension))
      .map((file) => file.slice(0, -extension.length))
      .filter((name) => plainNameSchema.safeParse(name).success);

  return {
    identityState: async () => await identity.state(),
    unlock: async (passphrase) => await identity.unlock(passphrase),
    names,
    has: async (name) => (await names()).includes(name),

    async open(name) {
      requireName(name);
      const sealed = await readSealed(name);
      if (!sealed) throw secretUnknown(name);
      return await openValue(name, sealed, await identity.identities());
    },

    async seal(name, value, { replace }) {
      requireName(name);
      if (value.length > valueLimitBytes) throw secretTooLarge(name, valueLimitBytes);
      const recipients = await readRecipients(lab);
      const sealed = await sealValue(value, recipients);
      const own = await ownIdentities(identity, recipients);
      if (own.length > 0 && !(await opensTo(name, sealed, value, own)))
        throw sealingFailed(name, 'Nothing was changed.');
      try {
        await lab.writeBytes(sealedFile(name), sealed, { mustNotExist: !replace });
      } catch (error) {
        if (asProblem(error)?.code === 'LAB_FILE_EXISTS') throw secretExists(name);
        throw error;
      }
      const written = await readSealed(name);
      if (!written || !Buffer.from(written).equals(sealed))
        throw sealingFailed(name, `${sealedFile(name)} in the lab holds something else now.`);
      return { file: sealedFile(name) };
    },

    async createIdentity({ passphrase }) {
      const recipient = await identity.create(passphrase);
      try {
        await addRecipient(lab, recipient);
      } catch (error) {
        // Nothing is sealed for it yet: an identity the lab does not know would only be in the way of the next try.
        await rm(identityFile, { force: true });
        throw error;
      }
      return { recipient, file: identityFile };
    },

    async addOwnRecipient() {
      const [first] = await identity.identities();
      if (!first) throw new Error('an identity file without identities was accepted');
      await addRecipient(lab, first.recipient);
      return { recipient: first.recipient, file: identityFile };
    },

    async keyedDigest(bytes) {
      return tagged((await hmac()).update(bytes).digest('hex'));
    },

    async keyedHash() {
      const hash = await hmac();
      return {
        update: (bytes) => void hash.update(bytes),
        digest: () => tagged(hash.digest('hex')),
      };
    },
  };
}

/** The identities among the recipients, as far as they can be used now. */
async function ownIdentities(file: IdentityFile, recipients: readonly string[]): Promise<Identity[]> {
  if ((await file.state()) !== 'ready') return [];
  return (await file.identities()).filter(({ recipient }) => recipients.includes(recipient));
}

function sealedFile(name: string): string {
  return `${folder}/${name}${extension}`;
}

function requireName(name: string): void {
  if (!plainNameSchema.safeParse(name).success) throw secretNameInvalid(name);
}

function tagged(hex: string): string {
  return `hmac-sha256:${hex}`;
}
