import { oc } from '@orpc/contract';
import { problemDataSchema, type ProblemCode } from '../problem.ts';

/** What the router needs to know to authorise a call. */
export interface CallPolicy {
  /** A viewer may look; an operator may change things. */
  readonly role: 'viewer' | 'operator';
  /** A destructive call needs a single-use confirmation issued for the digest of exactly this plan. */
  readonly destructive: boolean;
}

export const viewer = oc.$meta<CallPolicy>({ role: 'viewer', destructive: false });
export const operator = oc.$meta<CallPolicy>({ role: 'operator', destructive: false });
export const destructive = oc.$meta<CallPolicy>({ role: 'operator', destructive: true });

/** The closed set of errors of a method: every code carries the same data (see ProblemData). */
export function problems<const Codes extends readonly ProblemCode[]>(...codes: Codes) {
  const entries = [...codes, ...always].map((code) => [code, { data: problemDataSchema }] as const);
  return Object.fromEntries(entries) as Record<
    Codes[number] | (typeof always)[number],
    { data: typeof problemDataSchema }
  >;
}

/** What any call may answer. */
const always = ['NOT_ALLOWED', 'INPUT_INVALID', 'INTERNAL'] as const;
