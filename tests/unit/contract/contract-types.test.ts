import type { ORPCError } from '@orpc/client';
import { describe, expectTypeOf, it } from 'vitest';
import type { createRouter } from '../../../electron/router/create-router.ts';
import type { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import type { ProblemCode, ProblemData } from '../../../shared/problem.ts';
import type { PlannedCard, TargetRequest } from '../../../shared/schemas/card.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';

/** Checked by the compiler (`npm run types`): what a caller sees is what the contract says. */
type Answer<Call extends (...parameters: never[]) => unknown> = Awaited<ReturnType<Call>>;
type Failure<Call extends (...parameters: never[]) => unknown> =
  ReturnType<Call> extends Promise<unknown> & { __error?: { type: infer Thrown } } ? Thrown : never;
type Codes<Call extends (...parameters: never[]) => unknown> =
  Failure<Call> extends infer Thrown ? (Thrown extends ORPCError<infer Code, unknown> ? Code : never) : never;

describe('the types of the contract', () => {
  it('a client knows inputs and outputs', () => {
    expectTypeOf<Parameters<SifakaClient['cards']['plan']>[0]>().toEqualTypeOf<{
      node: string;
      target: TargetRequest;
    }>();
    expectTypeOf<Answer<SifakaClient['cards']['plan']>>().toEqualTypeOf<PlannedCard>();
    expectTypeOf<Answer<SifakaClient['cards']['burn']>>().toEqualTypeOf<{ jobId: string }>();
    expectTypeOf<Answer<SifakaClient['session']['info']>['role']>().toEqualTypeOf<'viewer' | 'operator'>();
    // A default may be left out by the caller.
    expectTypeOf<{ name: string; value: string }>().toExtend<
      Parameters<SifakaClient['secrets']['seal']>[0]
    >();
  });

  it('a stream is an async iterator of events', () => {
    expectTypeOf<Answer<SifakaClient['jobs']['follow']>>().toExtend<AsyncIterator<JobEvent>>();
  });

  it('a method has its own closed set of codes, and every error carries what, state and next', () => {
    expectTypeOf<Codes<SifakaClient['cards']['burn']>>().toExtend<ProblemCode>();
    expectTypeOf<'CONFIRMATION_STALE' | 'PLAN_CHANGED' | 'TARGET_IN_USE'>().toExtend<
      Codes<SifakaClient['cards']['burn']>
    >();
    expectTypeOf<'CONFIRMATION_STALE'>().not.toExtend<Codes<SifakaClient['lab']['state']>>();
    expectTypeOf<'TARGET_IN_USE'>().not.toExtend<Codes<SifakaClient['lab']['state']>>();
    expectTypeOf<
      Extract<Failure<SifakaClient['lab']['state']>, ORPCError<string, unknown>>['data']
    >().toEqualTypeOf<ProblemData>();
  });

  it('the in-process client is the same client, and the router implements all of the contract', () => {
    expectTypeOf<ReturnType<typeof createInProcessClient>>().toEqualTypeOf<SifakaClient>();
    expectTypeOf<keyof ReturnType<typeof createRouter>>().toEqualTypeOf<keyof SifakaClient>();
    expectTypeOf<keyof ReturnType<typeof createRouter>['cards']>().toEqualTypeOf<
      keyof SifakaClient['cards']
    >();
  });
});
