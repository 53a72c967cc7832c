import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { linesFromTheEnd, linesOf } from '../../../electron/services/sync/engine/file-lines.ts';

function opened(content: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'sifaka-lines-'));
  writeFileSync(join(folder, 'lines'), content);
  const descriptor = openSync(join(folder, 'lines'), 'r');
  onTestFinished(() => {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });
  return descriptor;
}

test.for([
  ['nothing', []],
  ['one line', ['one']],
  [
    'lines around a piece’s end',
    ['x'.repeat((1 << 20) - 1), 'é', 'y'.repeat(1 << 20), 'z', 'x'.repeat(3 << 20), 'end'],
  ],
  [
    'many',
    Array.from({ length: 60_000 }, (_, index) => `{"line":${index},"name":"ÿ${'n'.repeat(index % 50)}"}`),
  ],
] as const)('%s: read in pieces from both ends, also without the last newline', ([, lines]) => {
  for (const content of [lines.map((line) => `${line}\n`).join(''), lines.join('\n')]) {
    const descriptor = opened(content);
    expect([...linesOf(descriptor)]).toEqual(lines);
    expect([...linesFromTheEnd(descriptor)]).toEqual(lines.toReversed());
  }
});
