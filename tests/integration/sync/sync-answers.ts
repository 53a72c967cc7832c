import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Before the system's own `sync`: one that answers these exit codes, one after another, and then that all is well.
 * Those that are asked at once take turns. Answers how often it was asked.
 */
export function syncAnswers(folder: string, ...codes: readonly number[]): () => number {
  mkdirSync(folder);
  const tool = join(folder, 'sync');
  const counts = codes.map((code, call) => `${call}) exit ${code};;`).join(' ');
  writeFileSync(
    tool,
    `#!/bin/sh\nuntil mkdir "$0.turn" 2>/dev/null; do :; done\nn=$(wc -c <"$0.n"); echo >>"$0.n"; rmdir "$0.turn"; case $n in ${counts} esac\n`,
    {
      mode: 0o755,
    },
  );
  writeFileSync(`${tool}.n`, '');
  const before = process.env['PATH'] ?? '';
  process.env['PATH'] = [folder, before].join(delimiter);
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
  return () => statSync(`${tool}.n`).size;
}
