import { oc } from '@orpc/contract';
import { accessProblems, problemDataSchema, type ProblemCode } from '../problem.ts';

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

/** A table of codes, as shared/problem.ts has them: only its keys count here. */
type ProblemTable = Partial<Record<ProblemCode, number>>;

/** What any call may answer. */
const always = {
  NOT_ALLOWED: accessProblems.NOT_ALLOWED,
  INPUT_INVALID: accessProblems.INPUT_INVALID,
  INTERNAL: accessProblems.INTERNAL,
};

type ErrorMap<Codes extends PropertyKey> = Record<Codes, { data: typeof problemDataSchema }>;

/** The closed set of errors of a method, from the tables of the domains it touches. Every code carries ProblemData. */
export function problems<const Table extends ProblemTable>(
  table: Table,
): ErrorMap<keyof Table | keyof typeof always> {
  const entries = Object.keys({ ...table, ...always }).map((code) => [code, { data: problemDataSchema }]);
  // Object.fromEntries forgets which keys it was given.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(entries) as ErrorMap<keyof Table | keyof typeof always>;
}
