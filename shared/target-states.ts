import type { Target as WholeTarget } from './schemas/card.ts';

/**
 * What a target is like at a moment of a job that writes or reads it, in the operator's words: whole sentences, since they go to
 * the journal. The page has each in its own language (renderer/wizards/cards/left-words.ts).
 */
type Target = Pick<WholeTarget, 'kind' | 'path'>;

export function untouchedState(target: Target): string {
  return target.kind === 'new-file'
    ? `${target.path} does not exist yet.`
    : `Nothing was written: ${target.path} is as it was.`;
}

export function unfinishedState(target: Target): string {
  return target.kind === 'new-file'
    ? `${target.path} does not exist; an unfinished file may be beside it.`
    : `${target.path} holds an unfinished card that does not boot.`;
}

/** From the moment on in which what makes a drive's old card boot is erased, until that is known to be done. */
export function erasingState(target: Target): string {
  return `${target.path} was about to be erased: it may still boot what was on it before, or nothing. Do not use it.`;
}

/** From the moment on in which what makes a card boot is written in place. */
export function bootingState(target: Target): string {
  return `${target.path} may boot, but it is not proven: do not use it.`;
}

/** While a new file gets its name. */
export function namingState(target: Target): string {
  return `${target.path} may be complete under its name, but it has no receipt; if it is not there, an unfinished file may be beside it. Remove it and build it again to have it proven.`;
}

export function provenState(target: Target): string {
  return `${target.path} holds the whole card, and it was read back. Its receipt may be missing: without one, burn it again to prove it later.`;
}

/** All through a verification. */
export function onlyReadState(target: Target): string {
  return `${target.path} was only read; nothing was changed.`;
}
