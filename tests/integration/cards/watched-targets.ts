import type { Targets } from '../../../electron/services/drives/targets.ts';
import type { BlockTarget } from '../../../electron/imaging/block-target.ts';

/** What a test does in the moment before a target's own operation. */
export interface Moments {
  opened?: () => Promise<void> | void;
  /** May answer other bytes than were to be written: a card that lies. */
  write?: (buffer: Uint8Array, offset: number) => Promise<Uint8Array | void> | Uint8Array | void;
  read?: (offset: number) => Promise<void> | void;
  commit?: () => Promise<void> | void;
}

/** The real targets, with moments a test can act in. `moments` may be changed while they are used. */
export function watchedTargets(targets: Targets, moments: Moments): Targets {
  const watched = (blocks: BlockTarget): BlockTarget => ({
    size: blocks.size,
    readsMedium: blocks.readsMedium,
    async read(buffer, offset) {
      await moments.read?.(offset);
      return blocks.read(buffer, offset);
    },
    async write(buffer, offset) {
      const other = await moments.write?.(buffer, offset);
      return blocks.write(other ?? buffer, offset);
    },
    flush: () => blocks.flush(),
    dropCache: () => blocks.dropCache(),
    close: () => blocks.close(),
  });
  return {
    ...targets,
    async openForWriting(target) {
      const writable = await targets.openForWriting(target);
      await moments.opened?.();
      return {
        blocks: watched(writable.blocks),
        async commit() {
          await moments.commit?.();
          return writable.commit();
        },
        abandon: () => writable.abandon(),
      };
    },
    async openForReading(target) {
      return watched(await targets.openForReading(target));
    },
  };
}
