/**
 * Imported before the command (NODE_OPTIONS): it stands still for a moment as soon as it has the terminal to itself, as on a
 * machine that is held up.
 */
const setRawMode = process.stdin.setRawMode?.bind(process.stdin);

if (setRawMode !== undefined) {
  process.stdin.setRawMode = (isRaw) => {
    if (isRaw) process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400));
    return setRawMode(isRaw);
  };
}
