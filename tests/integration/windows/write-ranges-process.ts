import { Problem } from '../../../shared/problem.ts';
import type { HeldDrive } from '../../../electron/writer/held-drive.ts';
import { writeRanges } from '../../../electron/writer/write-ranges.ts';

/** For each of these, one image is written to a drive that refuses what is at this offset; `null` refuses nothing. */
export type RangesQuestion = readonly (number | null)[];
export interface RangesAnswer {
  /** Offsets, in the order in which they came to the drive. */
  readonly asked: readonly number[];
  readonly problem: string | null;
}

const requestSize = 2 ** 16;
const image = { size: 4 * requestSize, read: (into: Uint8Array) => void into.fill(1) };

const unused = () => Promise.reject(new Error('nothing of the kind is done'));

const question: RangesQuestion = JSON.parse(process.argv[2] ?? '[]');
const answers: RangesAnswer[] = [];
for (const refused of question) {
  const asked: number[] = [];
  const drive: HeldDrive = {
    path: '\\\\.\\PhysicalDrive1',
    size: image.size,
    // Nothing is done with it but through the held drive.
    handle: {} as HeldDrive['handle'],
    async write(_buffer, offset) {
      asked.push(offset);
      if (offset === refused) throw new Problem('TARGET_CHANGED', { what: 'another', state: '', next: '' });
    },
    read: unused,
    zero: unused,
    flush: unused,
    checkUnchanged: unused,
    close: unused,
  };
  const written = writeRanges({
    drive,
    limits: { alignment: 4096, requestSize, buffers: 2 },
    image,
    ranges: [{ offset: 0, length: image.size }],
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  const problem = await written.then(
    () => null,
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );
  answers.push({ asked, problem });
}
process.stdout.write(JSON.stringify(answers));
