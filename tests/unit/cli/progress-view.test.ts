import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../../../electron/cli/output.ts';
import { createProgressView } from '../../../electron/cli/progress-view.ts';
import { wrapped } from '../../../electron/cli/text/wrap.ts';
import type { Progress } from '../../../shared/progress.ts';

const untouched = 'Nothing has been written to the target yet; take it out if you like.';
const unfinished = 'The target holds an unfinished card that does not boot.';

function progress(step: string, pull: string | undefined, done = 1e6): Progress {
  return {
    step,
    label: step,
    done,
    total: 4e6,
    unit: 'bytes',
    rate: 2e6,
    etaSeconds: 72,
    overall: 0.42,
    ...(pull === undefined ? {} : { pull }),
  };
}

/** What stands on a terminal of this width in the end, and every line that was drawn over. */
function terminal(columns: number) {
  return stream({ isTTY: true, columns });
}

function stream(properties: { isTTY: boolean; columns?: number }) {
  let written = '';
  const sink = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        written += String(chunk);
        done();
      },
    }),
    properties,
  );
  const output = createOutput({ json: false, stdout: sink, stderr: sink });
  return {
    output,
    get lines() {
      return written.split('\n').map((line) => line.split('\r\u001b[K').at(-1) ?? '');
    },
    get drawn() {
      return written.split(/\r\u001b\[K|\n/).filter((line) => line !== '');
    },
  };
}

describe('progress on a terminal', () => {
  for (const columns of [80, 40]) {
    it(`never breaks the redrawn line, and never a word, at ${columns} columns`, () => {
      const screen = terminal(columns);
      const view = createProgressView(screen.output, () => 0);
      view.show(progress('Read back and compare', untouched));
      view.show(progress('Read back and compare', untouched, 3e6));
      for (const line of screen.drawn) expect(line.length).toBeLessThan(columns + 1);
      const last = screen.lines.at(-1);
      expect(last).toContain('42 %');
      expect(last).toContain('2.00 MB/s, 1 min 12 s left');
    });
  }

  it('says what pulling the card means when it changes, and once', () => {
    const screen = terminal(120);
    const view = createProgressView(screen.output, () => 0);
    view.show(progress('Check', untouched));
    view.show(progress('Inject', untouched));
    view.show(progress('Write', unfinished));
    view.show(progress('Write', unfinished, 2e6));
    view.end();
    expect(screen.lines.filter((line) => line !== '')).toEqual([
      'Check',
      `  If you pull the card now: ${untouched}`,
      'Inject',
      'Write',
      `  If you pull the card now: ${unfinished}`,
    ]);
  });

  it('says nothing of pulling where there is no card to pull', () => {
    const screen = terminal(120);
    const view = createProgressView(screen.output, () => 0, { pulls: false });
    view.show(progress('Write', unfinished));
    expect(screen.lines.join('\n')).not.toContain('pull');
  });

  it('leaves a command in one piece on a line of its own, the progress line below it', () => {
    const command = `sudo /usr/bin/node /opt/sifaka/writer.js /run/user/1000/${'a'.repeat(60)}`;
    for (const columns of [80, 40]) {
      const screen = terminal(columns);
      const view = createProgressView(screen.output, () => 0);
      view.show(progress('Ask for permission', untouched));
      view.note(`Run this in another terminal:\n  ${command}\nIt waits for you.\u001b[2J`);
      view.show(progress('Ask for permission', untouched, 2e6));
      const at = screen.lines.indexOf(command);
      expect(screen.lines.slice(at - 2, at + 3)).toEqual([
        'Run this in another terminal:',
        '',
        command,
        '',
        'It waits for you.\\u{1b}[2J',
      ]);
      expect(screen.lines.at(-1)).toContain('42 %');
    }
  });
});

describe('progress that goes to a file', () => {
  it('is a line for every step and every five seconds', () => {
    const file = stream({ isTTY: false });
    let now = 0;
    const view = createProgressView(file.output, () => now);
    view.show(progress('Write', unfinished));
    view.show(progress('Write', unfinished, 2e6));
    now = 6;
    view.show(progress('Write', unfinished, 3e6));
    expect(file.lines).toEqual([
      'Write: 42 %, 1.00 MB of 4.00 MB, 2.00 MB/s, 1 min 12 s left',
      `  If you pull the card now: ${unfinished}`,
      'Write: 42 %, 3.00 MB of 4.00 MB, 2.00 MB/s, 1 min 12 s left',
      '',
    ]);
  });
});

describe('wrapped words', () => {
  it('fill lines, and a word that is longer than a line stays whole', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapped('a 123456789 b', 4)).toEqual(['a', '123456789', 'b']);
    expect(wrapped('', 4)).toEqual(['']);
  });
});
