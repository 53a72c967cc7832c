import { t } from '@lingui/core/macro';
import {
  bootingState,
  erasingState,
  namingState,
  onlyReadState,
  provenState,
  unfinishedState,
  untouchedState,
} from '../../../shared/target-states.ts';
import { terminalText } from '../../../shared/terminal-text.ts';

type Sentence = readonly [sent: string, words: string];

function knownStates(path: string): readonly Sentence[] {
  const file = { kind: 'new-file', path } as const;
  const drive = { kind: 'drive', path } as const;
  const shown = terminalText(path);
  return [
    [untouchedState(file), t`${shown} does not exist yet.`],
    [untouchedState(drive), t`Nothing was written: ${shown} is as it was.`],
    [unfinishedState(file), t`${shown} does not exist; an unfinished file may be beside it.`],
    [unfinishedState(drive), t`${shown} holds an unfinished card that does not boot.`],
    [
      erasingState(drive),
      t`${shown} was about to be erased: it may still boot what was on it before, or nothing. Do not use it.`,
    ],
    [bootingState(drive), t`${shown} may boot, but it is not proven: do not use it.`],
    [
      namingState(file),
      t`${shown} may be complete under its name, but it has no receipt; if it is not there, an unfinished file may be beside it. Remove it and build it again to have it proven.`,
    ],
    [
      provenState(drive),
      t`${shown} holds the whole card, and it was read back. Its receipt may be missing: without one, burn it again to prove it later.`,
    ],
    [onlyReadState(drive), t`${shown} was only read; nothing was changed.`],
  ];
}

/**
 * What a job on the target at `path` leaves if it stops now (`ifCutOff` of its events), in the page's language. The journal has
 * it as a sentence: it is one of shared/target-states.ts to the letter, or `undefined`.
 */
export function stateLeftWords(sentence: string, path: string): string | undefined {
  return knownStates(path).find(([sent]) => sent === sentence)?.[1];
}

/** What services/cards says of pulling the card in a step. */
const pulls = (): Readonly<Record<string, string>> => ({
  'Nothing has been written to the target yet; take it out if you like.': t`Nothing has been written to the target yet; take it out if you like.`,
  'The target holds an unfinished card that does not boot; it would have to be burned again.': t`The target holds an unfinished card that does not boot; it would have to be burned again.`,
  'Everything is written, but not proven yet; it would have to be verified or burned again.': t`Everything is written, but not proven yet; it would have to be verified or burned again.`,
  'The card is written and proven.': t`The card is written and proven.`,
  'The card is only being read.': t`The card is only being read.`,
});

/** What it means to pull the card in a step (`StepDefinition.pull`), in the page's language; `undefined` if it is unknown. */
export function pullWords(sentence: string): string | undefined {
  const known = pulls();
  return Object.hasOwn(known, sentence) ? known[sentence] : undefined;
}
