import type { Contestant, Task } from './contestant.ts';
import { checkUsedBlocks, checkWholeImage } from './used-blocks-check.ts';

const decompressors = { raw: 'cat', zst: 'zstd -q -dc', xz: 'xz -q -T0 -dc' } as const;

/** bash with the pipeline's own failures; $1 the image file, $2 the device, $3 the size of the raw image. */
const shell = (script: string, { image, format, device }: Task) => ({
  argv: [
    'bash',
    '-c',
    `set -euo pipefail; ${script}`,
    'bash',
    image.files[format],
    device.path,
    `${image.size}`,
  ],
});

const direct = 'bs=4M oflag=direct conv=fsync status=none';
const readBack = 'dd if="$2" bs=4M iflag=direct,count_bytes count="$3" status=none';

const dd: Contestant = {
  name: 'dd + direct read-back',
  method:
    'raw: `dd if=IMAGE of=DEV bs=4M oflag=direct conv=fsync`, then `dd if=DEV bs=4M iflag=direct count=SIZE | cmp - IMAGE`; compressed: `zstd -dc | dd` or `xz -T0 -dc | dd`, and decompressed once more for `cmp`',
  command(task) {
    if (task.format === 'raw') return shell(`dd if="$1" of="$2" ${direct}; ${readBack} | cmp - "$1"`, task);
    const decompress = `${decompressors[task.format]} -- "$1"`;
    return shell(
      `${decompress} | dd of="$2" iflag=fullblock ${direct}; ${readBack} | cmp - <(${decompress})`,
      task,
    );
  },
  check: checkWholeImage,
};

const ddOnly: Contestant = {
  name: 'dd, no read-back',
  method: 'the writing half of the line above',
  command(task) {
    if (task.format === 'raw') return shell(`dd if="$1" of="$2" ${direct}`, task);
    return shell(`${decompressors[task.format]} -- "$1" | dd of="$2" iflag=fullblock ${direct}`, task);
  },
  check: checkWholeImage,
};

export function systemTools(found: {
  readonly bmaptool: boolean;
  readonly rpiImager: boolean;
}): Contestant[] {
  const noBmaptool = () => (found.bmaptool ? undefined : 'not installed');
  return [
    dd,
    ddOnly,
    {
      name: 'bmaptool --bmap',
      method:
        '`bmaptool copy --bmap`, the map made by `bmaptool create` from the holes of the raw file; no read-back',
      unable: noBmaptool,
      command: ({ image, format, device }) => ({
        argv: ['bmaptool', '-q', 'copy', '--bmap', image.blockMap ?? '', image.files[format], device.path],
      }),
      check: checkUsedBlocks,
    },
    {
      name: 'bmaptool --nobmap',
      method: '`bmaptool copy --nobmap`; no read-back',
      unable: noBmaptool,
      command: ({ image, format, device }) => ({
        argv: ['bmaptool', '-q', 'copy', '--nobmap', image.files[format], device.path],
      }),
      check: checkWholeImage,
    },
    {
      name: 'rpi-imager --cli',
      method: '`rpi-imager --cli IMAGE DEV`, which verifies by reading back',
      unable: () => (found.rpiImager ? undefined : 'not installed'),
      command: ({ image, format, device }) => ({
        argv: ['rpi-imager', '--cli', image.files[format], device.path],
      }),
      check: checkWholeImage,
    },
  ];
}
