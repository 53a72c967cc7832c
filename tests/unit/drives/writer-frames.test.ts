import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeFrames,
  encodeBytes,
  encodeJson,
  type Frame,
} from '../../../electron/services/drives/writer-frames.ts';

async function* inParts(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const borders = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  for (const [index, start] of borders.entries())
    yield bytes.subarray(start, borders[index + 1] ?? bytes.length);
}

async function decode(bytes: Buffer, cuts: readonly number[] = []): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of decodeFrames(inParts(bytes, cuts))) frames.push(frame);
  return frames;
}

/** How many frames there were before it failed, if it did. */
async function countOf(bytes: Buffer): Promise<{ frames: number; failed: boolean }> {
  let frames = 0;
  try {
    for await (const _ of decodeFrames(inParts(bytes, []))) frames += 1;
    return { frames, failed: false };
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return { frames, failed: true };
  }
}

function header(length: number, kind: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(length);
  bytes.writeUInt8(kind, 4);
  return bytes;
}

const message = fc.oneof(
  fc.json().map((text) => ({ frame: { kind: 'json', text }, bytes: encodeJson(JSON.parse(text)) })),
  fc
    .tuple(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.uint8Array({ maxLength: 300 }))
    .map(([offset, bytes]) => ({
      frame: { kind: 'bytes', offset, bytes: Buffer.from(bytes) },
      bytes: encodeBytes(offset, bytes),
    })),
);

describe('frames', () => {
  test('come out as they went in, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 6 }), fc.array(fc.nat()), async (messages, cuts) => {
        const found = await decode(Buffer.concat(messages.map(({ bytes }) => bytes)), cuts);
        const wanted = messages.map(({ frame }) =>
          'text' in frame ? { kind: 'json', text: JSON.stringify(JSON.parse(frame.text)) } : frame,
        );
        expect(found).toEqual(wanted);
      }),
    );
  });

  test('that are cut short at any byte are an error, but between two frames', async () => {
    const parts = [
      encodeJson({ type: 'burn' }),
      encodeBytes(4096, Buffer.alloc(40, 1)),
      encodeJson({ type: 'begin' }),
    ];
    const all = Buffer.concat(parts);
    const ends = parts.map((_, index) => Buffer.concat(parts.slice(0, index + 1)).length);
    for (let length = 0; length <= all.length; length += 1) {
      const whole = ends.filter((end) => end <= length).length;
      const between = length === 0 || ends.includes(length);
      expect([length, await countOf(all.subarray(0, length))]).toEqual([
        length,
        { frames: whole, failed: !between },
      ]);
    }
  });

  test.each([
    ['of no kind', Buffer.concat([header(2, 2), Buffer.from('{}')])],
    ['of the last kind', Buffer.concat([header(2, 255), Buffer.from('{}')])],
    ['of bytes without an offset', Buffer.concat([header(0, 1)])],
    ['of bytes with half an offset', Buffer.concat([header(7, 1), Buffer.alloc(7)])],
    [
      'of bytes at an offset that no number tells from the next',
      Buffer.concat([header(8, 1), Buffer.from('0020000000000000', 'hex')]),
    ],
    ['of bytes at the last offset', Buffer.concat([header(8, 1), Buffer.alloc(8, 0xff)])],
  ])('%s are an error', async (_what, bytes) => {
    await expect(decode(bytes)).rejects.toThrow(RangeError);
  });

  test('of a giant are an error before any of it is taken', async () => {
    const taken: number[] = [];
    async function* giant() {
      yield header((32 << 20) + 1, 0);
      taken.push(1);
      yield Buffer.alloc(1 << 20);
    }
    await expect(decodeFrames(giant()).next()).rejects.toThrow(RangeError);
    expect(taken).toEqual([]);
  });

  test('before a wrong one are taken, and none after it', async () => {
    const bytes = Buffer.concat([encodeJson({ type: 'begin' }), header(0, 7), encodeJson({ type: 'erase' })]);
    expect(await countOf(bytes)).toEqual({ frames: 1, failed: true });
  });

  test('with no payload are frames', async () => {
    expect(await decode(Buffer.concat([header(0, 0), encodeBytes(7, new Uint8Array(0))]))).toEqual([
      { kind: 'json', text: '' },
      { kind: 'bytes', offset: 7, bytes: Buffer.alloc(0) },
    ]);
  });

  test('of noise never are more than noise: an error, or frames that fit in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (noise) => {
        const { frames } = await countOf(Buffer.from(noise));
        expect(frames * 5).toBeLessThanOrEqual(noise.length);
      }),
    );
  });
});
