import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { zstdDecompressSync } from 'node:zlib';

/** Room behind the last partition; nothing marks it free, so all of it is written and read back. */
const tailBytes = 640 << 20;

/** Gives the lab's demo image a long tail, so that a burn takes long enough to be looked at while it runs. */
export async function makeImageLarge(lab: string): Promise<void> {
  const image = join(lab, 'metis/images/demo.img');
  const demo = zstdDecompressSync(await readFile(`${image}.zst`));
  await writeFile(image, demo);
  await truncate(image, demo.byteLength + tailBytes);
  const hash = createHash('sha256');
  await pipeline(createReadStream(image), hash);
  await editInventory(lab, (text) =>
    text
      .replace('metis/images/demo.img.zst', 'metis/images/demo.img')
      .replace(/sha256: [0-9a-f]{64}/, `sha256: ${hash.digest('hex')}`),
  );
}

/** Changes the text of `metis/inventory.yaml`; a change that changes nothing is a mistake of the test. */
export async function editInventory(lab: string, edit: (text: string) => string): Promise<void> {
  const file = join(lab, 'metis/inventory.yaml');
  const before = await readFile(file, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error('the inventory is not what this test expects');
  await writeFile(file, after);
}
