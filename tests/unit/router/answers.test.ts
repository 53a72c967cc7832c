import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { jobId, problem, recordingServices } from './recording-services.ts';

describe('what a caller is told', () => {
  it('is a problem the method declares, as it is', async () => {
    const services = recordingServices({
      replace: { lab: { state: () => Promise.reject(problem('LAB_NOT_FOUND')) } },
    });
    const client = createInProcessClient(services, { role: 'viewer' });
    await expect(client.lab.state()).rejects.toMatchObject({
      code: 'LAB_NOT_FOUND',
      defined: true,
      data: { what: 'It went wrong.', state: 'Nothing was changed.', next: 'Do it right.' },
    });
    expect(services.logged).toEqual([]);
  });

  it.each([
    ['an ordinary error', new Error('EIO: /root/planted-path planted-detail')],
    ['a problem the method does not declare', problem('CACHE_FULL')],
    ['something that is no error', 'planted-text'],
  ])('is only a reference for %s', async (_what, thrown) => {
    const services = recordingServices({
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      replace: { lab: { state: () => Promise.reject(thrown) } },
    });
    const client = createInProcessClient(services, { role: 'viewer' });
    const error: unknown = await client.lab.state().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INTERNAL', defined: true });
    const told = JSON.stringify(error);
    expect(told).not.toContain('planted');
    expect(told).not.toContain('CACHE_FULL');
    const [, reference = 'none'] = /reference ([0-9a-f]{8})/.exec(told) ?? [];
    expect(services.logged).toHaveLength(1);
    expect(services.logged[0]).toContain(`[${reference}] lab.state`);
  });

  it('is INTERNAL when a service answers what the contract does not allow', async () => {
    const services = recordingServices({
      replace: { lab: { get: () => Promise.resolve({ value: 1, digest: 'planted-not-a-digest' }) } },
    });
    const client = createInProcessClient(services, { role: 'operator' });
    const error: unknown = await client.lab
      .get({ file: 'a', pointer: '' })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INTERNAL', defined: true });
    expect(JSON.stringify(error)).not.toContain('planted');
    expect(services.logged[0]).toContain('digest');
  });

  it('names the field of an input that is not valid, never its value', async () => {
    const services = recordingServices();
    const client = createInProcessClient(services, { role: 'operator' });
    const error: unknown = await client.secrets
      .seal({ name: 'UPPER planted-name', value: '' })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INPUT_INVALID', defined: true });
    const told = JSON.stringify(error);
    expect(told).toContain('name: ');
    expect(told).toContain('value: ');
    expect(told).not.toContain('planted');
    expect(services.reached).toEqual([]);
  });

  it('has no terminal escapes of a key the caller made up', async () => {
    const client = createInProcessClient(recordingServices(), { role: 'operator' });
    const input = { name: 'x', value: 'y', '\u001b[2Jkey': 1 };
    const error: unknown = await client.secrets.seal(input).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INPUT_INVALID' });
    expect((error as { data: { what: string } }).data.what).not.toContain('\u001b');
  });

  it('is a typed problem also in the middle of a stream', async () => {
    const services = recordingServices({
      replace: {
        jobs: {
          // oxlint-disable-next-line require-yield
          async *follow() {
            throw problem('JOB_UNKNOWN');
          },
        },
      },
    });
    const client = createInProcessClient(services, { role: 'viewer' });
    const events = await client.jobs.follow({ id: jobId });
    await expect(events.next()).rejects.toMatchObject({ code: 'JOB_UNKNOWN', defined: true });
  });

  it('is CANCELLED, or the caller’s own reason, for a call that was aborted before it began', async () => {
    const services = recordingServices();
    const client = createInProcessClient(services, { role: 'operator' });
    const signal = AbortSignal.abort();
    await expect(
      client.cards.plan({ node: 'titan-13', target: { kind: 'virtual-drive', name: 'x' } }, { signal }),
    ).rejects.toMatchObject({ code: 'CANCELLED', defined: true });
    await expect(client.lab.state(undefined, { signal })).rejects.toBe(signal.reason);
    expect(services.reached).toEqual([]);
    expect(services.logged).toEqual([]);
  });

  it('is a bug also when the call was aborted meanwhile', async () => {
    const cancel = new AbortController();
    const services = recordingServices({
      replace: {
        cards: {
          plan: async () => {
            cancel.abort();
            throw new TypeError('not because of it');
          },
        },
      },
    });
    const client = createInProcessClient(services, { role: 'operator' });
    await expect(
      client.cards.plan(
        { node: 'titan-13', target: { kind: 'virtual-drive', name: 'x' } },
        { signal: cancel.signal },
      ),
    ).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(services.logged).toHaveLength(1);
  });

  it('keeps the values of a failed call out of the log', async () => {
    const planted = 'planted-secret-value-0815';
    const services = recordingServices({
      replace: { secrets: { seal: () => Promise.reject(new Error(`cannot write ${planted} \u001b[31m`)) } },
    });
    const client = createInProcessClient(services, { role: 'operator' });
    await expect(client.secrets.seal({ name: 'x', value: planted })).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    expect(services.logged.join('\n')).toContain('[input]');
    expect(services.logged.join('\n')).not.toContain(planted);
    expect(services.logged.join('\n')).not.toContain('\u001b');
  });

  it('wipes the bytes of a sealed value', async () => {
    let given: Uint8Array = new Uint8Array();
    const services = recordingServices({
      replace: {
        secrets: {
          seal: async (_name, value) => {
            given = value;
            expect(new TextDecoder().decode(given)).toBe('planted');
            return { file: 'f' };
          },
        },
      },
    });
    await createInProcessClient(services, { role: 'operator' }).secrets.seal({ name: 'x', value: 'planted' });
    expect(given).toEqual(new Uint8Array(7));
  });
});
