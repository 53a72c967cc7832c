import { z } from 'zod';

/**
 * No `content-…`: with it the peer decodes a form, a file or a stream, which no method takes, and what it cannot decode
 * would never be answered.
 */
const headerNameSchema = z.string().regex(/^(?!content-)/i);

/**
 * What oRPC's peer protocol sends to a server (standard-server-peer 1.16: `i` id, `t` type, `p` payload): a request
 * without a type or with 1, part of a stream 3, an abort 4. Anything else would throw deep inside the peer.
 */
const frameSchema = z.union([
  z.object({
    i: z.string().min(1).max(64),
    t: z.literal(1).optional(),
    p: z.object({
      u: z.string().max(2048).startsWith('/'),
      m: z.string().max(16).optional(),
      h: z.record(headerNameSchema, z.union([z.string(), z.array(z.string())])).optional(),
    }),
  }),
  z.object({
    i: z.string().min(1).max(64),
    t: z.literal(3),
    p: z.object({ e: z.enum(['message', 'error', 'done']) }),
  }),
  z.object({ i: z.string().min(1).max(64), t: z.literal(4) }),
]);

/** Binary frames carry JSON, then this byte, then bytes (standard-server-peer). */
const delimiter = 0xff;

/** Characters or bytes of one frame; the largest input is a secret of 64 KiB or a value for a lab file. */
export const largestFrame = 1 << 20;

/** Whether the peer can take this frame without throwing. */
export function isFrame(data: unknown): data is string | Uint8Array {
  if ((typeof data === 'string' || data instanceof Uint8Array) && data.length > largestFrame) return false;
  const text = jsonPart(data);
  if (text === undefined) return false;
  try {
    return frameSchema.safeParse(JSON.parse(text)).success;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function jsonPart(data: unknown): string | undefined {
  if (typeof data === 'string') return data;
  if (!(data instanceof Uint8Array)) return undefined;
  const end = data.indexOf(delimiter);
  return new TextDecoder().decode(end === -1 ? data : data.subarray(0, end));
}
