import type { ImageState } from '../../../shared/contract/images.ts';
import type { JobReport } from '../../../shared/schemas/job.ts';
import { formatBytes } from '../../../shared/quantities.ts';
import { factsText, tableText } from './table.ts';

const states = {
  cached: 'in the cache, works offline',
  available: 'its file is there',
  missing: 'MISSING: neither file nor cache',
} as const;

export function imagesText(images: readonly ImageState[]): string {
  if (images.length === 0)
    return 'The inventory names no golden image. `sifaka images add NAME FILE --root N` adds one.';
  return tableText(
    [
      { title: 'IMAGE' },
      { title: 'SIZE', align: 'right' },
      { title: 'STATE' },
      { title: 'FILE' },
      { title: 'USED BY' },
    ],
    images.map((image) => [
      image.name,
      image.size === undefined ? '' : formatBytes(image.size),
      states[image.state],
      image.file,
      image.classes.join(' '),
    ]),
  );
}

export function imageAddedText(image: Extract<JobReport, { kind: 'image' }>): string {
  return `The golden image ${image.name} is in the inventory and in the cache.\n\n${imageFacts(image)}\n\nNext: name it as the image of a class in metis/inventory.yaml.`;
}

export function imageVerifiedText(image: { name: string; rawSha256: string; size: number }): string {
  return `The cached image ${image.name} is whole.\n\n${imageFacts(image)}`;
}

function imageFacts({ rawSha256, size }: { rawSha256: string; size: number }): string {
  return factsText([
    ['size', formatBytes(size)],
    ['unpacked sha256', rawSha256],
  ]);
}
