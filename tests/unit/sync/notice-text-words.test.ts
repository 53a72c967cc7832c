import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  noticeOf,
  specialNotice,
  timeNotKeptNotice,
} from '../../../electron/services/sync/engine/plan-notices.ts';
import { noticesOfTroubles } from '../../../electron/services/sync/engine/trouble-notices.ts';
import type { Trouble } from '../../../electron/services/sync/engine/survey/findings.ts';
import { noticeTextWords } from '../../../renderer/components/sync/notice-text-words.ts';

const root = join(import.meta.dirname, '../../..');

const troubles = (['vanished', 'other-file-system', 'excluded'] as const).flatMap((kind) =>
  (['source', 'destination'] as const).map((side): Trouble => ({ kind, side, path: 'films/x' })),
);
const notices = [
  noticeOf('future-time', 'x'),
  noticeOf('other-bytes', 'x'),
  noticeOf('time-not-kept', 'x'),
  timeNotKeptNotice('x'),
  specialNotice('x'),
  ...noticesOfTroubles(troubles),
];

describe('what the sync says of a name', () => {
  it.each([...new Set(notices.map(({ text }) => text))])('has words on the page: %s', (sentence) => {
    expect(noticeTextWords(sentence)).toBe(sentence);
  });

  it('has no words for what the engine does not say', () => {
    const engine = join(root, 'electron/services/sync/engine');
    const sources = readdirSync(engine)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(engine, name), 'utf8'))
      .join('\n');
    const page = readFileSync(join(root, 'renderer/components/sync/notice-text-words.ts'), 'utf8');
    const sentences = [...page.matchAll(/^ {2}'([^']+)':/gm)].map(([, sentence = '']) => sentence);
    expect(sentences.length).toBeGreaterThanOrEqual(15);
    const unsaid = sentences.filter(
      (sentence) =>
        !sources.includes(sentence) &&
        !sources.includes(sentence.replace(/at the (?:source|destination)/, '${where}')),
    );
    expect(unsaid).toEqual([]);
  });

  it('is not guessed where it holds data, or says more', () => {
    const [collision] = noticesOfTroubles([{ kind: 'name-collision', side: 'both', path: 'a', detail: 'A' }]);
    expect(noticeTextWords(collision?.text ?? '')).toBeUndefined();
    expect(noticeTextWords(`${specialNotice('x').text} Or so.`)).toBeUndefined();
    expect(noticeTextWords('constructor')).toBeUndefined();
  });
});
