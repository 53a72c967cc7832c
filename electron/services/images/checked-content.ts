import { cancelled } from '../../../shared/problem.ts';
import { detectFormat, headBytes } from './image-format.ts';
import { cacheFull, formatUnknown } from './image-problems.ts';
import { cancelledState } from './source-file.ts';

export interface ContentChecks {
  /** What messages call the image. */
  readonly file: string;
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
  /**
   * More than this is not taken: the free space of the cache's disk. Holes count too, since a packed image of nothing
   * but zeros could otherwise go on for ever.
   */
  readonly limitBytes: number;
}

/** Passes raw content on while it may be a disk image: of the right kind (looked at before the rest), size, and wanted. */
export async function* checkedContent(
  content: AsyncIterable<Uint8Array>,
  { file, folder, signal, limitBytes }: ContentChecks,
): AsyncGenerator<Uint8Array, void> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  let size = 0;
  for await (const part of content) {
    if (signal?.aborted) throw cancelled(cancelledState);
    size += part.length;
    if (size > limitBytes)
      throw cacheFull(folder, `it needs more than the ${limitBytes} bytes that are free`);
    if (head === undefined) {
      yield part;
      continue;
    }
    head = Buffer.concat([head, part]);
    if (head.length < headBytes) continue;
    refuseUnlessDisk(file, head);
    yield head;
    head = undefined;
  }
  if (head !== undefined) {
    refuseUnlessDisk(file, head);
    yield head;
  }
}

function refuseUnlessDisk(file: string, head: Uint8Array): void {
  const format = detectFormat(head);
  if (format === 'raw') return;
  const inside = typeof format === 'string' ? `a .${format} file once more` : `it is ${format.unknown}`;
  throw formatUnknown(file, `what is packed in it is no disk image (${inside})`);
}
