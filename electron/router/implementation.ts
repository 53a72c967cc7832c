import { mapEventIterator } from '@orpc/client';
import { implement } from '@orpc/server';
import { z } from 'zod';
import { contract } from '../../shared/contract/index.ts';
import { Problem } from '../../shared/problem.ts';
import { planDigestSchema } from '../../shared/schemas/card.ts';
import type { Log } from '../services/log.ts';
import { answerFor } from './answer-problems.ts';
import type { Confirmations } from './confirmations.ts';
import type { CallContext } from './context.ts';

/** What every destructive method takes, beside its own input. */
const confirmedSchema = z.object({ planDigest: planDigestSchema, confirmation: z.string() });

/**
 * The contract with its guards, in the order they stand: failures are translated; the role is checked; the input is
 * parsed (oRPC does, at the index below); a destructive call uses up its confirmation. Only then a handler is reached.
 */
export function implementContract(parts: { log: Log; confirmations: Confirmations }) {
  return implement(contract)
    .$context<CallContext>()
    .$config({ initialInputValidationIndex: -1 })
    .use(async ({ next, path, procedure, signal }, input) => {
      const call = { method: path.join('.'), input, declared: procedure['~orpc'].errorMap, signal };
      try {
        const result = await next();
        if (!isAsyncIterator(result.output)) return result;
        return {
          ...result,
          output: mapEventIterator(result.output, {
            value: async (value) => value,
            error: async (error) => answerFor(error, call, parts.log),
          }),
        };
      } catch (error) {
        throw answerFor(error, call, parts.log);
      }
    })
    .use(({ next, context, procedure }) => {
      if (procedure['~orpc'].meta.role === 'operator' && context.role !== 'operator') {
        throw new Problem('NOT_ALLOWED', {
          what: 'This is a viewer session: it may look, but not change anything.',
          state: 'Nothing was changed.',
          next: 'Open Sifaka with the operator link, or ask someone who has it.',
        });
      }
      return next();
    })
    .use(({ next, context, procedure, signal }, input) => {
      // Who is gone by now started nothing, and keeps the confirmation.
      signal?.throwIfAborted();
      if (procedure['~orpc'].meta.destructive) {
        const { planDigest, confirmation } = confirmedSchema.parse(input);
        parts.confirmations.consume({ sessionId: context.sessionId, planDigest, confirmation });
      }
      return next();
    });
}

export type Implementation = ReturnType<typeof implementContract>;

function isAsyncIterator(value: unknown): value is AsyncIterator<unknown, unknown, void> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}
