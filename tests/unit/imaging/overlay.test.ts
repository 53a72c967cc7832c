import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CopyOnWriteOverlay, OVERLAY_BLOCK_SIZE } from '../../../electron/imaging/overlay.ts';
import { memorySource } from './memory-source.ts';

const SIZE = 5 * OVERLAY_BLOCK_SIZE + 1234;

function baseBytes(): Buffer {
  return Buffer.from(Array.from({ length: SIZE }, (_, index) => (index * 31) & 0xff));
}

const stretch = fc
  .tuple(fc.nat(SIZE - 1), fc.nat(3 * OVERLAY_BLOCK_SIZE))
  .map(([offset, length]) => ({ offset, length: Math.min(length, SIZE - offset) }));
const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), at: stretch, seed: fc.nat(255) }),
  fc.record({ kind: fc.constant('same' as const), at: stretch }),
  fc.record({ kind: fc.constant('erase' as const), at: stretch }),
  fc.record({ kind: fc.constant('read' as const), at: stretch }),
  fc.record({ kind: fc.constant('absorb' as const), at: stretch, seed: fc.nat(255) }),
);

describe('the copy-on-write overlay', () => {
  it('behaves as a plain buffer would, and never touches its base', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const base = baseBytes();
        const model = baseBytes();
        const overlay = new CopyOnWriteOverlay(memorySource(base), 2 ** 24);
        for (const one of steps) {
          const { offset, length } = one.at;
          if (one.kind === 'write') {
            const bytes = Buffer.alloc(length, one.seed);
            overlay.write(bytes, offset);
            bytes.copy(model, offset);
          } else if (one.kind === 'same') {
            overlay.write(model.subarray(offset, offset + length), offset);
          } else if (one.kind === 'erase') {
            overlay.erase(offset, length);
            model.fill(0, offset, offset + length);
          } else if (one.kind === 'read') {
            const bytes = Buffer.alloc(length);
            overlay.read(bytes, offset);
            expect(bytes.equals(model.subarray(offset, offset + length))).toBe(true);
          } else {
            const delta = new CopyOnWriteOverlay(overlay, 2 ** 24);
            delta.write(Buffer.alloc(length, one.seed), offset);
            delta.erase(0, Math.min(offset, 5000));
            model.fill(one.seed, offset, offset + length);
            model.fill(0, 0, Math.min(offset, 5000));
            overlay.absorb(delta);
          }
        }
        const all = Buffer.alloc(SIZE);
        overlay.read(all, 0);
        expect(all.equals(model)).toBe(true);
        expect(base.equals(baseBytes())).toBe(true);

        const changed = overlay.changed();
        const isChanged = (at: number) =>
          changed.some((one) => at >= one.offset && at < one.offset + one.length);
        for (let at = 0; at < SIZE; at += OVERLAY_BLOCK_SIZE) {
          const end = Math.min(at + OVERLAY_BLOCK_SIZE, SIZE);
          if (!model.subarray(at, end).equals(base.subarray(at, end))) expect(isChanged(at)).toBe(true);
          expect(isChanged(at)).toBe(isChanged(end - 1));
        }
        for (const [index, one] of changed.entries()) {
          expect(one.offset + one.length).toBeLessThan(changed[index + 1]?.offset ?? SIZE + 1);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('counts writing what is there already as no change', () => {
    const overlay = new CopyOnWriteOverlay(memorySource(baseBytes()), 2 ** 24);
    overlay.write(baseBytes().subarray(100, 9000), 100);
    expect(overlay.changed()).toEqual([]);
  });

  it('refuses more than its limit with INJECTION_TOO_LARGE; zeros cost nothing', () => {
    const overlay = new CopyOnWriteOverlay(memorySource(baseBytes()), 2 * OVERLAY_BLOCK_SIZE);
    overlay.erase(0, SIZE);
    overlay.write(Buffer.alloc(2 * OVERLAY_BLOCK_SIZE, 1), 0);
    overlay.write(Buffer.alloc(10, 2), 50);
    expect(() => {
      overlay.write(Buffer.alloc(1, 1), 2 * OVERLAY_BLOCK_SIZE);
    }).toThrow(expect.objectContaining({ code: 'INJECTION_TOO_LARGE' }));
    overlay.erase(0, OVERLAY_BLOCK_SIZE);
    overlay.write(Buffer.alloc(1, 1), 2 * OVERLAY_BLOCK_SIZE);
  });

  it.each([
    [-1, 1],
    [SIZE, 1],
    [SIZE - 1, 2],
    [Number.NaN, 1],
    [0.5, 1],
  ])('takes a stretch at %d of %d bytes for a bug', (offset, length) => {
    const overlay = new CopyOnWriteOverlay(memorySource(baseBytes()), 2 ** 24);
    expect(() => {
      overlay.read(Buffer.alloc(length), offset);
    }).toThrow(RangeError);
    expect(() => {
      overlay.write(Buffer.alloc(length), offset);
    }).toThrow(RangeError);
    expect(() => {
      overlay.erase(offset, length);
    }).toThrow(RangeError);
  });
});
