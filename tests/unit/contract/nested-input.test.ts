import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { contractMethods, methodOf, settle } from '../router/contract-methods.ts';
import { recordingServices } from '../router/recording-services.ts';
import { sampleInputs } from '../router/sample-inputs.ts';

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
}

const wraps: readonly [string, (inner: unknown) => unknown][] = [
  ['lists', (inner) => [inner]],
  ['maps', (inner) => ({ a: inner })],
];

function set(value: unknown): Promise<unknown> {
  const client = createInProcessClient(recordingServices(), { role: 'operator' });
  return client.lab.set({ file: 'a.json', pointer: '/a', value: value as never });
}

/** As deep as a frame of a mebibyte can be. */
const bottomless = 500_000;

describe.each(wraps)('input of nested %s', (_what, wrap) => {
  it.each(contractMethods().filter((method) => method.takesInput))(
    'is invalid, never a failure, in every field of $name',
    async (method) => {
      const sample = { ...(sampleInputs[method.name] as object) };
      const deep = nested(bottomless, wrap);
      const inputs: unknown[] = [deep];
      for (const key of [...Object.keys(sample), 'surprise']) inputs.push({ ...sample, [key]: deep });
      for (const input of inputs) {
        const services = recordingServices();
        const client = createInProcessClient(services, { role: 'operator' });
        const { error } = await settle(methodOf(client, method)(input));
        expect(error).toMatchObject({ code: 'INPUT_INVALID', defined: true });
        expect(services.reached).toEqual([]);
        expect(services.logged).toEqual([]);
      }
    },
  );

  it('may be 64 deep in a value for a lab file, and no deeper', async () => {
    expect(await set(nested(64, wrap))).toHaveProperty('digest');
    await expect(set(nested(65, wrap))).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      data: { what: expect.stringContaining('value: is nested deeper than 64') },
    });
  });
});

describe('a value for a lab file', () => {
  it('that holds itself is invalid', async () => {
    const circle: unknown[] = [];
    circle.push(circle, circle);
    await expect(set(circle)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('must be there', async () => {
    const client = createInProcessClient(recordingServices(), { role: 'operator' });
    const input = { file: 'a.json', pointer: '/a' };
    await expect(client.lab.set(input as never)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});
