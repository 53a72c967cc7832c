import { isContractProcedure } from '@orpc/contract';
import { z } from 'zod';
import { contract, type SifakaClient } from '../../../shared/contract/index.ts';

const policySchema = z.strictObject({ role: z.enum(['viewer', 'operator']), destructive: z.boolean() });

export interface ContractMethod {
  readonly name: string;
  readonly path: readonly [string, string];
  readonly policy: z.infer<typeof policySchema>;
  readonly errors: readonly string[];
  readonly input: z.ZodType | undefined;
  readonly takesInput: boolean;
}

/** Every method of the contract, found by walking it: a new one is in every test that goes over them. */
export function contractMethods(): ContractMethod[] {
  return Object.entries(contract).flatMap(([domain, methods]) =>
    Object.entries(methods).map(([method, procedure]) => {
      if (!isContractProcedure(procedure)) throw new Error(`${domain}.${method} is no procedure`);
      const definition = procedure['~orpc'];
      const input: unknown = definition.inputSchema;
      return {
        name: `${domain}.${method}`,
        path: [domain, method] as const,
        policy: policySchema.parse(definition.meta),
        errors: Object.keys(definition.errorMap),
        input: input instanceof z.ZodType ? input : undefined,
        takesInput: input !== undefined,
      };
    }),
  );
}

type AnyCall = (input: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>;

/** One method of a client by its name, for tests that go over all of them. */
export function methodOf(client: SifakaClient, method: ContractMethod): AnyCall {
  const [domain, name] = method.path;
  const group = (client as unknown as Record<string, Record<string, AnyCall>>)[domain];
  const call = group?.[name];
  if (!call) throw new Error(`${method.name} is not in the client`);
  return call;
}

/** Runs a call to its end, a stream included, and says what came of it. */
export async function settle(
  call: Promise<unknown>,
): Promise<{ answer: unknown; error?: undefined } | { error: unknown; answer?: undefined }> {
  try {
    const answer = await call;
    if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) {
      const events: unknown[] = [];
      for await (const event of answer as AsyncIterable<unknown>) events.push(event);
      return { answer: events };
    }
    return { answer };
  } catch (error) {
    return { error };
  }
}
