import { z } from 'zod';

/**
 * A pair's name: a part of the Lease's name (`ha-sync-<pair>`, an RFC 1123 subdomain, whose labels have 63 characters) and of
 * file names in the log folder.
 */
export const pairNameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,53}[a-z0-9])?$/,
    'must be lower-case letters, digits and hyphens, at most 55, not at either end a hyphen',
  );

/** What a direction is called in records and file names, such as `dell-to-hp`; sync_operations has 64 characters for it. */
export const directionSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
    'must be letters, digits, dots, hyphens and underscores, at most 64, with a letter or digit at both ends',
  );

/** One run of one direction: what its trash folders, records and rows are called. */
export const iterationIdSchema = z.uuid();
