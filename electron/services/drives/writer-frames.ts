import { Buffer } from 'node:buffer';

/**
 * A frame is its payload's length (4 bytes, big-endian), its kind (1 byte) and the payload: JSON in UTF-8, or an offset
 * (8 bytes, big-endian) and bytes.
 */
export type Frame =
  | { readonly kind: 'json'; readonly text: string }
  | { readonly kind: 'bytes'; readonly offset: number; readonly bytes: Buffer };

const headerBytes = 5;
const largestPayload = 32 << 20;
const kinds = { json: 0, bytes: 1 } as const;

export function encodeJson(message: unknown): Buffer {
  return frame(kinds.json, Buffer.from(JSON.stringify(message)));
}

export function encodeBytes(offset: number, bytes: Uint8Array): Buffer {
  const payload = Buffer.alloc(8 + bytes.length);
  payload.writeBigUInt64BE(BigInt(offset));
  payload.set(bytes, 8);
  return frame(kinds.bytes, payload);
}

/** The frames of a stream of bytes, in order; throws RangeError on what is no frame, and on an end in the middle of one. */
export async function* decodeFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let parts: Buffer[] = [];
  let held = 0;
  let needed = headerBytes;
  for await (const chunk of stream) {
    parts.push(chunk);
    held += chunk.length;
    if (held < needed) continue;
    let bytes = parts.length === 1 ? chunk : Buffer.concat(parts, held);
    for (;;) {
      needed = headerBytes;
      if (bytes.length < needed) break;
      const length = bytes.readUInt32BE(0);
      if (length > largestPayload) throw new RangeError(`a frame of ${length} bytes`);
      needed = headerBytes + length;
      if (bytes.length < needed) break;
      yield decode(bytes.readUInt8(4), bytes.subarray(headerBytes, needed));
      bytes = bytes.subarray(needed);
    }
    parts = [bytes];
    held = bytes.length;
  }
  if (held > 0) throw new RangeError('the stream ends in the middle of a frame');
}

function frame(kind: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(headerBytes + payload.length);
  bytes.writeUInt32BE(payload.length);
  bytes.writeUInt8(kind, 4);
  bytes.set(payload, headerBytes);
  return bytes;
}

function decode(kind: number, payload: Buffer): Frame {
  if (kind === kinds.json) return { kind: 'json', text: payload.toString() };
  if (kind !== kinds.bytes || payload.length < 8) throw new RangeError(`a frame of kind ${kind}`);
  const offset = Number(payload.readBigUInt64BE());
  if (!Number.isSafeInteger(offset)) throw new RangeError(`a frame for offset ${offset}`);
  return { kind: 'bytes', offset, bytes: payload.subarray(8) };
}
