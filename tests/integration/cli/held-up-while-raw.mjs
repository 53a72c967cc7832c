/** Imported before the command (NODE_OPTIONS): it stands still for a moment as soon as it has the terminal to itself, as on a machine that is held up. */
import { ReadStream } from 'node:tty';

const setRawMode = ReadStream.prototype.setRawMode;
ReadStream.prototype.setRawMode = function heldUp(isRaw) {
  const self = setRawMode.call(this, isRaw);
  if (isRaw) process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400));
  return self;
};
