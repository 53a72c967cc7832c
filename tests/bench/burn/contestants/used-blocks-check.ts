import { differingBlocks } from '../check-device.ts';
import type { Task, Verdict } from './contestant.ts';

/** Every block that the image's file systems have in use is on the device. */
export async function checkUsedBlocks({ device, image, used }: Task): Promise<Verdict> {
  const different = await differingBlocks(device.path, image.files.raw, used);
  return different === 0
    ? { good: true }
    : { good: false, why: `${different} blocks in use still hold the old bytes` };
}

/** Every byte of the image is on the device. */
export async function checkWholeImage({ device, image }: Task): Promise<Verdict> {
  const different = await differingBlocks(device.path, image.files.raw, [{ offset: 0, length: image.size }]);
  return different === 0 ? { good: true } : { good: false, why: `${different} blocks differ from the image` };
}
