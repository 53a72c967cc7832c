import { z } from 'zod';

/** Lines before the JSON that are looked past: pvesh's warnings, `ipcc_send_rec[1] failed: …`. */
const mostWarnings = 100;

/**
 * The JSON that pvesh said: one line, after whatever warnings it had. `undefined` when there is none.
 */
export function jsonIn(text: string): unknown {
  let start = 0;
  for (let line = 0; line < mostWarnings && start < text.length; line += 1) {
    const first = text.slice(start, start + 64).trimStart()[0];
    if (first === '[' || first === '{') {
      const value = parsed(text.slice(start)) ?? parsed(lineAt(text, start));
      if (value !== undefined) return value.value;
    }
    const end = text.indexOf('\n', start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  return undefined;
}

/** A list that pvesh said. */
export interface Rows<Row> {
  readonly rows: readonly Row[];
  /** How many of it could not be read, or are more than are taken: they are there, and what they say is not known. */
  readonly unread: number;
}

/** The rows of a list, each as its schema reads it; `undefined` when what pvesh said is no list. */
export function rowsIn<Row extends z.ZodType>(
  text: string,
  row: Row,
  most: number,
): Rows<z.output<Row>> | undefined {
  const list = z.array(z.unknown()).safeParse(jsonIn(text));
  if (!list.success) return undefined;
  const rows = list.data.slice(0, most).flatMap((value) => {
    const found = row.safeParse(value);
    return found.success ? [found.data] : [];
  });
  return { rows, unread: list.data.length - rows.length };
}

/** A number that some plugins write as a string, and others leave out; none when it is no number of bytes. */
export const sizeSchema = z
  .union([
    z.number(),
    z
      .string()
      .max(32)
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
    z.unknown().transform(() => undefined),
  ])
  .transform((size) =>
    size === undefined || !Number.isFinite(size) || size < 0 ? undefined : Math.trunc(size),
  )
  .optional();

/** `1`, `"1"` and `true`, as PVE's JSON and perl have it; what is left out is no. */
export const flagSchema = z
  .unknown()
  .optional()
  .transform((value) => value === 1 || value === '1' || value === true);

/** A text that is there and not empty; anything else is none. */
export const textSchema = z.union([z.string().min(1), z.unknown().transform(() => undefined)]).optional();

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
