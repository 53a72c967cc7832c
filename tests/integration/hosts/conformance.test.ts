import { ORPCError } from '@orpc/client';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import { contractMethods, methodOf, settle } from '../../unit/router/contract-methods.ts';
import {
  hex64,
  jobEvents,
  jobId,
  plan,
  problem,
  type RecordingServices,
  recordingServices,
} from '../../unit/router/recording-services.ts';
import { sampleInputs } from '../../unit/router/sample-inputs.ts';
import { doors, type OpenDoor } from './doors.ts';

/** One suite, three doors: what is true of one host is true of all. */
describe.each(doors)('through the door "$name"', (door) => {
  let open: OpenDoor | undefined;
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  async function enter(
    services: RecordingServices,
    role: 'viewer' | 'operator' = 'operator',
  ): Promise<OpenDoor> {
    open = await door.open(services, role);
    return open;
  }

  it('an answer comes back as it was given, and says who asked', async () => {
    const { client } = await enter(recordingServices());
    expect(await client.session.info()).toMatchObject({ host: door.host, role: 'operator' });
    const planned = await client.cards.plan({
      node: 'titan-13',
      target: { kind: 'virtual-drive', name: 'demo-sd' },
    });
    expect(planned).toEqual({ plan, digest: hex64 });
    expect(await client.lab.get({ file: 'a', pointer: '' })).toEqual({ value: { a: 1 }, digest: hex64 });
  });

  it('a problem is a typed error with its data', async () => {
    const services = recordingServices({
      replace: { cards: { burn: () => Promise.reject(problem('PLAN_CHANGED')) } },
    });
    const { client } = await enter(services);
    const { confirmation } = await client.cards.confirm({ planDigest: hex64 });
    const error: unknown = await client.cards
      .burn({ planDigest: hex64, confirmation })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ORPCError);
    expect(error).toMatchObject({
      code: 'PLAN_CHANGED',
      defined: true,
      message: 'It went wrong.',
      data: { what: 'It went wrong.', state: 'Nothing was changed.', next: 'Do it right.' },
    });
  });

  it('a host key is trusted from the command line only', async () => {
    const services = recordingServices();
    const { client } = await enter(services);
    const proof = { fingerprint: `SHA256:${'A'.repeat(43)}` };
    const trust = client.nodes.trust({ host: 'baobab', proof });
    if (door.host === 'in-process') {
      expect(await trust).toMatchObject({ changed: true });
      return;
    }
    await expect(trust).rejects.toMatchObject({ code: 'NOT_ALLOWED', defined: true });
    expect(services.reached).toEqual([]);
  });

  it('a timer is set up from the command line only', async () => {
    const services = recordingServices();
    const { client } = await enter(services);
    for (const call of [() => client.bridge.timer(), () => client.bridge.setTimer({ everyMinutes: 15 })]) {
      if (door.host === 'in-process') {
        expect(await call()).toMatchObject({ available: true });
        continue;
      }
      await expect(call()).rejects.toMatchObject({ code: 'NOT_ALLOWED', defined: true });
      expect(services.reached).toEqual([]);
    }
  });

  it('a bug is INTERNAL with a reference, and no stack', async () => {
    const services = recordingServices({
      replace: { lab: { state: () => Promise.reject(new Error('EIO planted-detail')) } },
    });
    const { client } = await enter(services);
    const error: unknown = await client.lab.state().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INTERNAL', defined: true });
    expect(JSON.stringify(error)).not.toContain('planted');
    expect(services.logged.join('\n')).toContain('planted-detail');
  });

  it('progress is an async iterator, event by event', async () => {
    const { client } = await enter(recordingServices(), 'viewer');
    expect(await client.session.info()).toMatchObject({ host: door.host, role: 'viewer' });
    const events: JobEvent[] = [];
    for await (const event of await client.jobs.follow({ id: jobId })) events.push(event);
    expect(events).toEqual(jobEvents);
  });

  it('a problem in the middle of a stream is typed too', async () => {
    const services = recordingServices({
      replace: {
        jobs: {
          async *follow() {
            yield* jobEvents.slice(0, 2);
            throw problem('JOB_CUT_OFF');
          },
        },
      },
    });
    const { client } = await enter(services);
    const events = await client.jobs.follow({ id: jobId });
    await events.next();
    await events.next();
    await expect(events.next()).rejects.toMatchObject({ code: 'JOB_CUT_OFF', defined: true });
  });

  it('cancelling a call reaches its handler', async () => {
    const seen = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const services = recordingServices({
      replace: {
        cards: {
          plan: (_request, options) =>
            new Promise((_done, fail) => {
              options?.signal?.addEventListener('abort', () => {
                seen.resolve();
                fail(problem('CANCELLED'));
              });
              started.resolve();
            }),
        },
      },
    });
    const { client } = await enter(services);
    const cancel = new AbortController();
    const call = client.cards.plan(
      { node: 'titan-13', target: { kind: 'virtual-drive', name: 'demo-sd' } },
      { signal: cancel.signal },
    );
    const failed = expect(call).rejects.toThrow();
    await started.promise;
    cancel.abort();
    await seen.promise;
    await failed;
  });

  it('leaving a stream ends it at its source', async () => {
    const ended = Promise.withResolvers<void>();
    const services = recordingServices({
      replace: {
        jobs: {
          async *follow(_id, { signal }) {
            try {
              yield* jobEvents.slice(0, 1);
              signal?.throwIfAborted();
              await new Promise((_done, fail) => {
                signal?.addEventListener('abort', () => fail(problem('CANCELLED')));
              });
            } finally {
              ended.resolve();
            }
          },
        },
      },
    });
    const { client } = await enter(services);
    const cancel = new AbortController();
    const events = await client.jobs.follow({ id: jobId }, { signal: cancel.signal });
    expect((await events.next()).value).toEqual(jobEvents[0]);
    const next = events.next().catch(() => undefined);
    cancel.abort();
    await ended.promise;
    await next;
  });

  it('input that is not valid reaches no service', async () => {
    const services = recordingServices();
    const { client } = await enter(services);
    const inputs = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()));
    for (const method of contractMethods()) {
      if (method.input === undefined) continue;
      const { input: schema } = method;
      await fc.assert(
        fc.asyncProperty(
          inputs.filter((input) => !schema.safeParse(input).success && survivesTheWire(input)),
          async (input) => {
            const { error } = await settle(methodOf(client, method)(input));
            expect(error).toMatchObject({ code: 'INPUT_INVALID', defined: true });
          },
        ),
        { numRuns: 10 },
      );
    }
    expect(services.reached).toEqual([]);
  });

  it('a viewer changes nothing', async () => {
    const services = recordingServices();
    const { client } = await enter(services, 'viewer');
    for (const method of contractMethods().filter(({ policy }) => policy.role === 'operator')) {
      const { error } = await settle(methodOf(client, method)(sampleInputs[method.name]));
      expect(error, method.name).toMatchObject({ code: 'NOT_ALLOWED', defined: true });
    }
    expect(services.reached).toEqual([]);
  });

  describe('a confirmation', () => {
    it('is good once', async () => {
      const services = recordingServices();
      const { client } = await enter(services);
      const { confirmation } = await client.cards.confirm({ planDigest: hex64 });
      expect(await client.cards.burn({ planDigest: hex64, confirmation })).toEqual({ jobId });
      await expect(client.cards.burn({ planDigest: hex64, confirmation })).rejects.toMatchObject({
        code: 'CONFIRMATION_STALE',
      });
      expect(services.reached).toHaveLength(1);
    });

    it('is good for its own plan', async () => {
      const services = recordingServices();
      const { client } = await enter(services);
      const { confirmation } = await client.cards.confirm({ planDigest: 'b'.repeat(64) });
      await expect(client.cards.burn({ planDigest: hex64, confirmation })).rejects.toMatchObject({
        code: 'CONFIRMATION_STALE',
      });
      expect(services.reached).toEqual([]);
    });

    it('is good for ten minutes', async () => {
      let now = Date.parse('2026-11-21T02:00:00Z');
      const services = recordingServices({ clock: { now: () => new Date(now) } });
      const { client } = await enter(services);
      const { confirmation, expiresAt } = await client.cards.confirm({ planDigest: hex64 });
      now = Date.parse(expiresAt);
      await expect(client.cards.burn({ planDigest: hex64, confirmation })).rejects.toMatchObject({
        code: 'CONFIRMATION_STALE',
      });
      expect(services.reached).toEqual([]);
    });

    it('is good in its own session', async () => {
      const services = recordingServices();
      const { client, other } = await enter(services);
      const { confirmation } = await client.cards.confirm({ planDigest: hex64 });
      const error: unknown = await other.cards
        .burn({ planDigest: hex64, confirmation })
        .catch((caught: unknown) => caught);
      // Two in-process clients share nothing at all, so there the confirmation is not even known.
      expect(error).toMatchObject({
        code: door.host === 'in-process' ? 'CONFIRMATION_REQUIRED' : 'CONFIRMATION_STALE',
      });
      expect(services.reached).toEqual([]);
    });
  });
});

/** oRPC's client leaves a key of this name out; what a foreign one sends is in web-refusals.test.ts. */
function survivesTheWire(input: unknown): boolean {
  return !JSON.stringify(input).includes('__proto__');
}
