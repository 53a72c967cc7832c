import { createHash, randomBytes } from 'node:crypto';
import { type AgentVictim, agentVictims } from './kill-agent.ts';

/** Chooses the moments of a run of tests; printed, so that a run can be had again. */
export const killSeed = process.env['SIFAKA_KILL_SEED'] ?? randomBytes(4).toString('hex');

/** A number from 0 to 1, the same for the same seed and words. */
export function chance(seed: string, words: string): number {
  return createHash('sha256').update(`${seed} ${words}`).digest().readUInt32BE() / 2 ** 32;
}

export interface AgentMoment {
  readonly victim: AgentVictim;
  /** Of the time that a look takes when nobody disturbs it. */
  readonly share: number;
}

/** One after another, so that a few of them are of as many kinds as can be. */
export function agentMoments(seed: string, count: number): AgentMoment[] {
  const first = Math.floor(chance(seed, 'agent') * agentVictims.length);
  return Array.from({ length: count }, (_, index) => ({
    victim: agentVictims[(first + index) % agentVictims.length] ?? 'all',
    share: chance(seed, `agent ${index}`),
  }));
}
