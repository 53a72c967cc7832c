import { z } from 'zod';
import { isWindowsDevice } from '../windows-names.ts';

/** RFC 1123 host label: what a node, its hostname and its Kubernetes node name may be. */
export const hostLabelSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'use lower-case letters, digits and hyphens, 63 at most');

/** A name that becomes one file name: no separators, no leading dot, nothing Windows reserves. */
export const plainNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    'use lower-case letters, digits, dot, hyphen and underscore, 63 at most',
  )
  .refine((name) => !name.endsWith('.'), 'may not end with a dot')
  .refine((name) => !isWindowsDevice(name), 'is reserved on Windows');

/** SHA-256 in lower-case hexadecimal. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');

/** A digest that may be keyed: `sha256:<hex>` for what anyone may know, `hmac-sha256:<hex>` for what could be guessed. */
export const taggedDigestSchema = z.string().regex(/^(sha256|hmac-sha256):[0-9a-f]{64}$/);

/** Date and time with zone, RFC 3339. */
export const timestampSchema = z.iso.datetime({ offset: true });
