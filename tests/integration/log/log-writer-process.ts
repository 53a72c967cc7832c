import { createLogFile } from '../../../electron/services/log-file.ts';

/** `FILE LARGEST NAME COUNT`: logs COUNT numbered entries of two lines each. */
const [, , file = '', largest = '', name = '', count = ''] = process.argv;
const log = createLogFile({
  file,
  clock: { now: () => new Date() },
  about: `about ${name}`,
  largestBytes: Number(largest),
});
for (let index = 0; index < Number(count); index += 1) log.line(`${name} ${index}\n${name} ${index} end`);
