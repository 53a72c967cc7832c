import { ORPCError } from '@orpc/client';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { problemDataSchema } from '../../../shared/problem.ts';
import { contractMethods, methodOf, settle } from '../router/contract-methods.ts';
import { recordingServices } from '../router/recording-services.ts';
import { sampleInputs } from '../router/sample-inputs.ts';

/** A valid input with one place broken: what plain arbitrary values hardly ever come near. */
function nearlyRight(sample: unknown): fc.Arbitrary<unknown> {
  if (typeof sample !== 'object' || sample === null) return fc.jsonValue();
  const keys = Object.keys(sample);
  return fc
    .tuple(fc.constantFrom(...keys, '__proto__', 'constructor', 'surprise'), fc.jsonValue())
    .map(([key, value]): unknown => {
      // By JSON, so that `__proto__` becomes a key of its own, as it does on its way over a wire.
      const more = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
      return JSON.parse(`${JSON.stringify(sample).slice(0, -1)}${keys.length > 0 ? ',' : ''}${more}}`);
    });
}

describe.each(contractMethods())('$name', (method) => {
  const inputs = fc.oneof(
    fc.jsonValue(),
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
    nearlyRight(sampleInputs[method.name] ?? {}),
  );

  it('reaches a service only with parsed input, and otherwise says which field is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const services = recordingServices();
        const client = createInProcessClient(services, { role: 'operator' });
        const { error } = await settle(methodOf(client, method)(input));
        const valid = method.input === undefined || method.input.safeParse(input).success;
        if (valid) {
          if (method.policy.destructive) expect(error).toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
          else expect(error).toBeUndefined();
          return;
        }
        expect(services.reached).toEqual([]);
        expect(services.logged).toEqual([]);
        expect(error).toBeInstanceOf(ORPCError);
        expect(error).toMatchObject({ code: 'INPUT_INVALID', defined: true });
        expect(problemDataSchema.safeParse((error as ORPCError<string, unknown>).data).success).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('answers', () => {
  it('are checked against the contract too, whatever a service gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const services = recordingServices({
          replace: { lab: { state: () => Promise.resolve(value as never) } },
        });
        const client = createInProcessClient(services, { role: 'viewer' });
        await expect(client.lab.state()).rejects.toMatchObject({ code: 'INTERNAL', defined: true });
        expect(services.logged).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });
});
