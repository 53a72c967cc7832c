import type { AgreedAdvice } from '../../../electron/services/sync/engine/agreed-advice.ts';

/** For a plan without any state. */
export function noAgreedState(): AgreedAdvice {
  return {
    advise: () => undefined,
    folder: () => undefined,
    otherDirectionRan: false,
    timesOf: 'source',
    digests: undefined,
    addFolders: () => undefined,
  };
}
