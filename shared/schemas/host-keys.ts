import { z } from 'zod';
import { timestampSchema } from './names.ts';
import { schemaTag } from './version.ts';

/** A node's name in the cluster file, or a jump host as it is named there: `bastion.example`, `[10.0.0.1]:2222`. */
export const sshHostSchema = z
  .string()
  .max(262)
  .regex(/^[0-9A-Za-z[:][0-9A-Za-z._:%[\]-]*$/, 'must be the name of a node or of a jump host');

/** The kinds of host keys that Sifaka asks for. An `ssh-rsa` key signs with SHA-2 only. */
export const hostKeyTypeSchema = z.enum([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
]);
export type HostKeyType = z.infer<typeof hostKeyTypeSchema>;

/** A public host key as in a line of OpenSSH's known_hosts: its type, and in base64 what RFC 4253 section 6.6 has. */
export const hostKeySchema = z.looseObject({
  type: hostKeyTypeSchema,
  key: z
    .string()
    .max(8192)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'must be base64'),
});

/**
 * `cluster/host-keys.json`: the host keys that the operator trusts, by the node's name and not by its address, so that a
 * node that moved is still itself and another one at its address is not.
 */
export const hostKeysFileSchema = z.looseObject({
  schema: schemaTag('host-keys', 1),
  hosts: z.record(
    sshHostSchema,
    z.looseObject({
      keys: z.array(hostKeySchema).min(1).max(16),
      trustedAt: timestampSchema,
      /** `fingerprint`: the operator compared it; `known-hosts`: it was in a file that the operator gave. */
      by: z.enum(['fingerprint', 'known-hosts']),
    }),
  ),
});
export type HostKeysFile = z.infer<typeof hostKeysFileSchema>;

/** SHA-256 of a host key as OpenSSH prints it: base64 without padding. */
export const fingerprintSchema = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be SHA256: and 43 characters, as ssh-keygen -l prints it');
