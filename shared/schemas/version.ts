import { z } from 'zod';

/**
 * Every file of Sifaka's own names its schema as `sifaka.<kind>/<version>`. A file with a higher version than this
 * build knows is never written and never half-understood: LAB_SCHEMA_NEWER.
 */
export function schemaTag<const Kind extends string>(kind: Kind, version: number) {
  return z.literal(`sifaka.${kind}/${version}` as const);
}

/** Splits a tag; `undefined` when it is none. */
export function parseSchemaTag(tag: unknown): { kind: string; version: number } | undefined {
  if (typeof tag !== 'string') return undefined;
  const match = /^sifaka\.([a-z-]+)\/([1-9]\d{0,5})$/.exec(tag);
  if (!match?.[1] || !match[2]) return undefined;
  return { kind: match[1], version: Number(match[2]) };
}
