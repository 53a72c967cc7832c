import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const hour = 3600;

/** What each side has: a path, its words, and how many hours ago it was written. */
const files = {
  dell: [
    ['films/lemurs of madagascar.txt', 'Ring-tailed lemurs, sifakas and an indri.\n', 5],
    ['films/titles.md', '# Titles\n\n- lemurs of madagascar\n- baobabs\n', 2],
    ['photos/2026/baobab avenue.txt', 'At dusk.\n', 30],
    ['same on both.txt', 'Nothing is to be done here.\n', 90],
  ],
  hp: [
    ['films/titles.md', '# Titles\n', 50],
    ['notes/only on hp.md', 'This goes the other way.\n', 4],
    ['same on both.txt', 'Nothing is to be done here.\n', 90],
  ],
};

const quoted = (path) => JSON.stringify(path);

/**
 * Two small folders below `folder`, beside a demo lab, and the file of its pairs with them: `media`, with the sides `dell` and
 * `hp`. Answers where they are.
 */
export async function makeDemoPair({ lab, folder }) {
  const sides = { dell: join(folder, 'dell', 'media'), hp: join(folder, 'hp', 'media') };
  const logFolder = join(folder, 'log');
  // One time for both, since what is the same on both has the same time.
  const now = Math.floor(Date.now() / 1000);
  for (const [side, root] of Object.entries(sides)) {
    for (const [path, text, hours] of files[side]) {
      const file = join(root, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      await utimes(file, now - hours * hour, now - hours * hour);
    }
  }
  await writeFile(
    join(lab, 'sync', 'pairs.yaml'),
    `# Two small folders beside the demo lab: a pair to try. \`sifaka lab demo\` makes a lab with the example that explains it all.
schema: sifaka.sync-pairs/1
logFolder: ${quoted(logFolder)}
pairs:
  media:
    sides: {dell: ${quoted(sides.dell)}, hp: ${quoted(sides.hp)}}
`,
  );
  return { ...sides, logFolder };
}
