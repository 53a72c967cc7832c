import { createRouterClient } from '@orpc/server';
import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../../electron/router/context.ts';
import { createRouter } from '../../../electron/router/create-router.ts';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import type { CardPlan, Target } from '../../../shared/schemas/card.ts';
import { hex64, plan, problem, recordingServices } from './recording-services.ts';

type Ask = NonNullable<CallContext['askOperator']>;

/** A page of the window, over services whose plan is for a target of this kind. */
function pageOf(kind: Target['kind'], askOperator: Ask) {
  const shown: CardPlan = { ...plan, target: { ...plan.target, kind } };
  const services = recordingServices({ replace: { cards: { shown: () => shown } } });
  const context: CallContext = { role: 'operator', sessionId: 'one', host: 'electron', askOperator };
  const client: SifakaClient = createRouterClient(createRouter(services), { context });
  return { services, shown, client };
}

describe('a confirmation that the page of the window asks for', () => {
  it.each(['drive', 'existing-file'] as const)(
    'is given for a %s when the operator says yes',
    async (kind) => {
      const asked: CardPlan[] = [];
      const { client, services, shown } = pageOf(kind, async (one) => {
        asked.push(one);
        return true;
      });
      const { confirmation } = await client.cards.confirm({ planDigest: hex64 });
      expect(asked).toEqual([shown]);
      await client.cards.burn({ planDigest: hex64, confirmation });
      expect(services.reached).toEqual([{ method: 'cards.burn', with: [hex64] }]);
    },
  );

  it.each(['drive', 'existing-file'] as const)(
    'is not given for a %s when the operator says no',
    async (kind) => {
      const { client } = pageOf(kind, async () => false);
      await expect(client.cards.confirm({ planDigest: hex64 })).rejects.toMatchObject({
        code: 'CONFIRMATION_REQUIRED',
        data: { state: 'Nothing was started.' },
      });
    },
  );

  it.each(['virtual-drive', 'new-file'] as const)('is given for a %s without asking', async (kind) => {
    const { client } = pageOf(kind, () => expect.unreachable('it is Sifaka’s own'));
    expect(await client.cards.confirm({ planDigest: hex64 })).toHaveProperty('confirmation');
  });

  it('is not given for a plan that was never made here', async () => {
    const services = recordingServices({
      replace: {
        cards: {
          shown() {
            throw problem('PLAN_CHANGED');
          },
        },
      },
    });
    const context: CallContext = {
      role: 'operator',
      sessionId: 'one',
      host: 'electron',
      askOperator: () => expect.unreachable('there is nothing to ask about'),
    };
    const client: SifakaClient = createRouterClient(createRouter(services), { context });
    await expect(client.cards.confirm({ planDigest: hex64 })).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  });
});
