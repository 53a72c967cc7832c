import { describe, expect, it } from 'vitest';
import { burnSteps } from '../../../electron/services/cards/burn-steps.ts';
import { pullWords, stateLeftWords } from '../../../renderer/wizards/cards/left-words.ts';
import type { Target } from '../../../shared/schemas/card.ts';
import * as states from '../../../shared/target-states.ts';

const kinds: readonly Target['kind'][] = ['drive', 'virtual-drive', 'existing-file', 'new-file'];

describe('what a job leaves if it stops now', () => {
  const everySentence = Object.values(states).flatMap((state) =>
    kinds.map((kind) => state({ kind, path: '/dev/sdb' })),
  );

  it.each([...new Set(everySentence)])('has words on the page: %s', (sentence) => {
    expect(stateLeftWords(sentence, '/dev/sdb')).toBe(sentence);
  });

  it('is not guessed for another path, nor for a sentence that says more', () => {
    const sentence = states.bootingState({ kind: 'drive', path: '/dev/sdb' });
    expect(stateLeftWords(sentence, '/dev/sdc')).toBeUndefined();
    expect(stateLeftWords(`${sentence} Or do.`, '/dev/sdb')).toBeUndefined();
    expect(stateLeftWords('', '')).toBeUndefined();
  });

  it('shows what is smuggled into a path', () => {
    const path = '/cards/\u202egmi';
    expect(stateLeftWords(states.bootingState({ kind: 'existing-file', path }), path)).toContain(
      '\\u{202e}gmi',
    );
  });
});

describe('what it means to pull the card', () => {
  const sentences = kinds.flatMap((kind) => burnSteps({ kind }).flatMap(({ pull }) => pull ?? []));

  it.each([...new Set(sentences), 'The card is only being read.'])(
    'has words on the page: %s',
    (sentence) => {
      expect(pullWords(sentence)).toBe(sentence);
    },
  );

  it('is not guessed', () => {
    expect(pullWords('constructor')).toBeUndefined();
  });
});
