import { setImmediate, setTimeout } from 'node:timers/promises';

/** Of the patience, one is lost at most to a process that stood still. */
const parts = 10;

/**
 * An answer, or `undefined` when it has not come in so many milliseconds. After a process stood still (it was stopped, or the
 * machine was busy), timers run before what came meanwhile is heard: it would say of everything that it does not answer.
 */
export async function inTime<Answer>(
  answer: Promise<Answer>,
  milliseconds: number,
): Promise<Answer | undefined> {
  const heard = new AbortController();
  try {
    return await Promise.race([answer, late(milliseconds, heard.signal)]);
  } finally {
    heard.abort();
  }
}

async function late(milliseconds: number, signal: AbortSignal): Promise<undefined> {
  try {
    for (let part = 0; part < parts; part += 1) await setTimeout(milliseconds / parts, undefined, { signal });
    // What is there by now is heard before this.
    await setImmediate(undefined, { signal });
  } catch {
    // The answer was heard; nobody waits for this.
  }
  return undefined;
}
