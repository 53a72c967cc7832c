import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { createConfirmations } from '../../../electron/router/confirmations.ts';
import { Problem } from '../../../shared/problem.ts';
import { hex64, jobId, recordingServices } from './recording-services.ts';

const otherPlan = 'b'.repeat(64);
const minute = 60_000;

function setup() {
  let now = Date.parse('2026-11-21T02:00:00Z');
  const clock = { now: () => new Date(now) };
  return {
    clock,
    wait: (milliseconds: number) => void (now += milliseconds),
    confirmations: createConfirmations(clock),
  };
}

function refusal(run: () => void): { code: string; what: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return { code: error.code, what: error.data.what };
    throw error;
  }
  throw new Error('was not refused');
}

describe('confirmations', () => {
  it('are good once, for their plan, in their session', () => {
    const { confirmations } = setup();
    const request = { sessionId: 's1', planDigest: hex64 };
    const { confirmation, expiresAt } = confirmations.issue(request);
    expect(Buffer.from(confirmation, 'base64url')).toHaveLength(32);
    expect(expiresAt).toBe('2026-11-21T02:10:00.000Z');
    confirmations.consume({ ...request, confirmation });
    expect(refusal(() => confirmations.consume({ ...request, confirmation }))).toEqual({
      code: 'CONFIRMATION_STALE',
      what: expect.stringContaining('used'),
    });
  });

  it('are refused when there never was one', () => {
    const { confirmations } = setup();
    const request = { sessionId: 's1', planDigest: hex64, confirmation: 'x' };
    expect(refusal(() => confirmations.consume(request)).code).toBe('CONFIRMATION_REQUIRED');
  });

  it('are refused for another plan, and used up by the attempt', () => {
    const { confirmations } = setup();
    const { confirmation } = confirmations.issue({ sessionId: 's1', planDigest: hex64 });
    expect(
      refusal(() => confirmations.consume({ sessionId: 's1', planDigest: otherPlan, confirmation })),
    ).toEqual({ code: 'CONFIRMATION_STALE', what: expect.stringContaining('another plan') });
    expect(
      refusal(() => confirmations.consume({ sessionId: 's1', planDigest: hex64, confirmation })).what,
    ).toContain('used');
  });

  it('are refused in another session, which cannot use them up', () => {
    const { confirmations } = setup();
    const { confirmation } = confirmations.issue({ sessionId: 's1', planDigest: hex64 });
    expect(
      refusal(() => confirmations.consume({ sessionId: 's2', planDigest: hex64, confirmation })),
    ).toEqual({ code: 'CONFIRMATION_STALE', what: expect.stringContaining('another window') });
    confirmations.consume({ sessionId: 's1', planDigest: hex64, confirmation });
  });

  it('live for ten minutes', () => {
    const { confirmations, wait } = setup();
    const request = { sessionId: 's1', planDigest: hex64 };
    const first = confirmations.issue(request);
    const second = confirmations.issue(request);
    wait(10 * minute - 1);
    confirmations.consume({ ...request, confirmation: first.confirmation });
    wait(1);
    expect(refusal(() => confirmations.consume({ ...request, confirmation: second.confirmation }))).toEqual({
      code: 'CONFIRMATION_STALE',
      what: expect.stringContaining('ten minutes'),
    });
  });

  it('do not pile up: the oldest of a session gives way, those of others stay', () => {
    const { confirmations } = setup();
    const other = confirmations.issue({ sessionId: 's2', planDigest: hex64 });
    const first = confirmations.issue({ sessionId: 's1', planDigest: hex64 });
    for (let count = 0; count < 32; count += 1) confirmations.issue({ sessionId: 's1', planDigest: hex64 });
    expect(
      refusal(() =>
        confirmations.consume({ sessionId: 's1', planDigest: hex64, confirmation: first.confirmation }),
      ).code,
    ).toBe('CONFIRMATION_REQUIRED');
    confirmations.consume({ sessionId: 's2', planDigest: hex64, confirmation: other.confirmation });
  });
});

describe('burning', () => {
  it('takes the confirmation of exactly this plan, once', async () => {
    const services = recordingServices();
    const client = createInProcessClient(services, { role: 'operator' });
    const { confirmation } = await client.cards.confirm({ planDigest: hex64 });
    expect(await client.cards.burn({ planDigest: hex64, confirmation })).toEqual({ jobId });
    await expect(client.cards.burn({ planDigest: hex64, confirmation })).rejects.toMatchObject({
      code: 'CONFIRMATION_STALE',
      defined: true,
      data: { state: 'Nothing was started.' },
    });
    expect(services.reached.map((call) => call.method)).toEqual(['cards.burn']);
  });

  it('does not use up a confirmation for an input that is not valid', async () => {
    const client = createInProcessClient(recordingServices(), { role: 'operator' });
    const { confirmation } = await client.cards.confirm({ planDigest: hex64 });
    const wrong = { planDigest: hex64, confirmation, force: true };
    await expect(client.cards.burn(wrong)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await client.cards.burn({ planDigest: hex64, confirmation });
  });

  it('refuses the confirmation of another plan', async () => {
    const services = recordingServices();
    const client = createInProcessClient(services, { role: 'operator' });
    const { confirmation } = await client.cards.confirm({ planDigest: otherPlan });
    await expect(client.cards.burn({ planDigest: hex64, confirmation })).rejects.toMatchObject({
      code: 'CONFIRMATION_STALE',
    });
    expect(services.reached).toEqual([]);
  });
});
