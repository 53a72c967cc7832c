import { z } from 'zod';
import { cardPlanSchema } from '../../../shared/schemas/card.ts';
import { problemSchema } from '../../../shared/problem.ts';
import { sha256Schema } from '../../../shared/schemas/names.ts';

/**
 * What the app and the elevated writer say to each other, over a socket in a private folder, or a named pipe of Windows. The writer speaks first. A
 * message is a frame (writer-frames.ts) of JSON; bytes travel in frames of their own.
 *
 *     writer                          app
 *     hello (token)              →
 *                                ←    burn, then its delta as bytes, then begin        or: read
 *     ready (checked, held)      →
 *                                ←    erase
 *     progress (erased)          →
 *     progress, piece …, body    →
 *                                ←    head (all pieces of the body are as they must be)
 *     progress, piece …, head    →
 *                                ←    finish
 *     done                       →    and it ends
 *
 * `cancel`, or an end of the socket, stops it at any moment; `problem` is its last word then.
 */
export const writerProtocolVersion = 1;

const offset = z.int().nonnegative();
const pieces = z.array(z.tuple([offset, z.int().positive()])).max(1 << 20);

export const appMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('burn'),
    protocol: z.literal(writerProtocolVersion),
    /** {@link planTextSchema}: the canonical JSON itself, so that its digest can be computed again. */
    planText: z.string().max(8 << 20),
    planDigest: sha256Schema,
    /** `[offset, length]` in bytes, sorted, disjoint. */
    pieces,
    /** Of the bytes that follow, in all. */
    deltaBytes: z
      .int()
      .nonnegative()
      .max(512 << 20),
  }),
  z.strictObject({
    type: z.literal('read'),
    protocol: z.literal(writerProtocolVersion),
    path: z.string().max(4096),
    identity: z.string().max(4096),
    size: z.int().positive(),
    pieces,
    /** Indices of the pieces that are answered with their bytes. */
    contents: z.array(offset).max(1 << 20),
  }),
  z.strictObject({ type: z.literal('begin') }),
  z.strictObject({ type: z.literal('erase') }),
  z.strictObject({ type: z.literal('head') }),
  z.strictObject({ type: z.literal('finish') }),
  z.strictObject({ type: z.literal('cancel') }),
]);
export type AppMessage = z.infer<typeof appMessageSchema>;

export const planTextSchema = cardPlanSchema;

export const writerMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), protocol: z.int(), token: z.string().max(128) }),
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('progress'),
    step: z.enum(['erase', 'write', 'verify']),
    done: z.int().nonnegative(),
    total: z.int().nonnegative(),
  }),
  /** What was read of one piece; a piece with its content follows as a frame of bytes. */
  z.strictObject({ type: z.literal('piece'), index: offset, sha256: sha256Schema }),
  z.strictObject({ type: z.literal('body') }),
  z.strictObject({ type: z.literal('head') }),
  z.strictObject({ type: z.literal('done'), ejected: z.boolean() }),
  z.strictObject({ type: z.literal('problem'), problem: problemSchema }),
]);
export type WriterMessage = z.infer<typeof writerMessageSchema>;

/** Names in the private folder that the writer is started with: where it connects to, and what it proves itself with. */
export const writerSocketName = 'socket';
export const writerTokenName = 'token';
/** On Windows, where the writer inherits no descriptor: the path of the golden image, in UTF-8. */
export const writerImageName = 'image';
/** On Windows the socket's name is that of a file that holds the name of a pipe: there is none in a folder. */
export const writerPipePattern = /^\\\\\.\\pipe\\sifaka-[0-9a-f]{32}$/;
