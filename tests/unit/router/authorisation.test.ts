import { ORPCError } from '@orpc/client';
import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { contractMethods, methodOf, settle } from './contract-methods.ts';
import { recordingServices } from './recording-services.ts';
import { sampleInputs } from './sample-inputs.ts';

const methods = contractMethods();
const forOperators = methods.filter((method) => method.policy.role === 'operator');
const forViewers = methods.filter((method) => method.policy.role === 'viewer');

describe('who may call what', () => {
  it('knows operator and viewer methods', () => {
    expect(forOperators.map((method) => method.name)).toEqual(
      expect.arrayContaining([
        'lab.get',
        'lab.set',
        'cards.burn',
        'cards.confirm',
        'cards.verify',
        'images.verify',
        'secrets.seal',
        'jobs.cancel',
        'session.log',
        'session.diagnostics',
      ]),
    );
    expect(forViewers.map((method) => method.name)).toEqual(
      expect.arrayContaining(['lab.state', 'cards.plan']),
    );
  });

  it.each(forOperators)('$name is refused to a viewer, before its input is looked at', async (method) => {
    for (const input of [sampleInputs[method.name], { nonsense: true }]) {
      const services = recordingServices();
      const client = createInProcessClient(services, { role: 'viewer' });
      const { error } = await settle(methodOf(client, method)(input));
      expect(error).toBeInstanceOf(ORPCError);
      expect(error).toMatchObject({ code: 'NOT_ALLOWED', defined: true, data: { what: expect.any(String) } });
      expect(services.reached).toEqual([]);
    }
  });

  it.each(forViewers)('$name answers a viewer', async (method) => {
    const services = recordingServices();
    const client = createInProcessClient(services, { role: 'viewer' });
    const { error } = await settle(methodOf(client, method)(sampleInputs[method.name]));
    expect(error).toBeUndefined();
  });

  it.each(methods.filter((method) => !method.policy.destructive))(
    '$name answers an operator',
    async (method) => {
      const services = recordingServices();
      const client = createInProcessClient(services, { role: 'operator' });
      const { error } = await settle(methodOf(client, method)(sampleInputs[method.name]));
      expect(error).toBeUndefined();
    },
  );

  it.each(methods.filter((method) => method.policy.destructive))(
    '$name is refused to an operator without a confirmation',
    async (method) => {
      const services = recordingServices();
      const client = createInProcessClient(services, { role: 'operator' });
      const { error } = await settle(methodOf(client, method)(sampleInputs[method.name]));
      expect(error).toMatchObject({ code: 'CONFIRMATION_REQUIRED', defined: true });
      expect(services.reached).toEqual([]);
    },
  );

  it('says who is asking', async () => {
    const client = createInProcessClient(recordingServices(), { role: 'viewer' });
    expect(await client.session.info()).toEqual({
      version: '0.0.0-test',
      command: 'npx sifaka',
      host: 'in-process',
      role: 'viewer',
      platform: process.platform,
      asksIn: 'nowhere',
    });
  });
});
