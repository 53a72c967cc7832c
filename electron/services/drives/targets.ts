import type { Target, TargetRequest } from '../../../shared/schemas/card.ts';
import type { BlockTarget } from '../../imaging/block-target.ts';

export interface Targets {
  list(): Promise<Target[]>;
  createVirtual(name: string, size: number): Promise<Target>;
  /** Finds what the request means here and now; `size` is the size a new file will get. */
  inspect(request: TargetRequest, size: number): Promise<Target>;
  /**
   * Opens exactly the target that was planned (TARGET_CHANGED otherwise), exclusively. For a new file this is a
   * temporary file beside it; `commit` gives it its name when it is proven, `abandon` removes or leaves it, per kind.
   */
  openForWriting(target: Target): Promise<WritableTarget>;
  openForReading(target: Target): Promise<BlockTarget>;
}

/** `commit` and `abandon` both close the blocks. */
export interface WritableTarget {
  readonly blocks: BlockTarget;
  /** Flushes, gives a new file its name (TARGET_EXISTS when somebody took it), and answers the target as it is now. */
  commit(): Promise<Target>;
  /** Answers in words what is left behind. */
  abandon(): Promise<string>;
}
