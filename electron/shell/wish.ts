import { resolve } from 'node:path';
import { z } from 'zod';
import { addressInArguments } from './app-link.ts';
import { labFromArguments } from './launch.ts';

/** What a start of the app is to show: a lab (absolute path), an address of the page, or just the window. */
export interface Wish {
  readonly lab?: string | undefined;
  readonly address?: string | undefined;
}

/** Of this process's own command line, which is as it was typed; what a second instance sends is reordered by Chromium. */
export function wishOf(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Wish {
  const lab = labFromArguments(argv, environment);
  return { lab: lab === undefined ? undefined : resolve(lab), address: addressInArguments(argv) };
}

/** An address comes from {@link wishOf}, in a process of the same user; no other is taken. */
const wishSchema = z.object({
  lab: z.string().max(4096).optional(),
  address: z.string().max(512).startsWith('#/').optional(),
});

/** What a second instance handed over; just the window when it cannot be understood. */
export function parseWish(data: unknown): Wish {
  const parsed = wishSchema.safeParse(data);
  return parsed.success ? parsed.data : {};
}
