import type { CardPlan } from '../../shared/schemas/card.ts';
import type { Drive } from '../../shared/schemas/drive.ts';
import type { FileSource } from '../imaging/file-source.ts';
import type { DeviceLimits } from './device-limits.ts';
import type { HeldDrive } from './held-drive.ts';

/** What the writer needs of the operating system it runs on, for one job. */
export interface WriterSystem {
  /** The golden image, as a path: the drive that carries it is not to be erased. */
  readonly imagePath: string;
  /** Opened for reading, and none but the one of the plan. PLAN_CHANGED, IMAGE_FILE_MISSING, CANCELLED. */
  openImage(image: CardPlan['image'], signal: AbortSignal): Promise<FileSource>;
  /** Keeps other programs away from the drive until it is disposed of, which is after its ejecting. TARGET_IN_USE. */
  keepOthersAway(drive: Drive): Promise<AsyncDisposable>;
  /** Opens a drive; to be written, it must be mounted nowhere any more. TARGET_IN_USE, TARGET_CHANGED, DRIVE_FAILED. */
  hold(drive: Drive, mode: 'read' | 'write'): Promise<HeldDrive>;
  limits(drive: Drive): Promise<DeviceLimits>;
  /** DRIVE_FAILED, CANCELLED. */
  discardAll(held: HeldDrive, from: number, signal: AbortSignal): Promise<void>;
  /** Lets the drive go; answers whether it may be pulled out. Never rejects for what the drive says. */
  eject(drive: Drive, recheck: () => Promise<unknown>): Promise<boolean>;
}
