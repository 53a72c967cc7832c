import { createRouterClient } from '@orpc/server';
import { describe, expect, it } from 'vitest';
import type { CallContext, Erasure } from '../../../electron/router/context.ts';
import { createRouter } from '../../../electron/router/create-router.ts';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import type { CardPlan, Target } from '../../../shared/schemas/card.ts';
import { hex64, plan, problem, prunePlan, recordingServices, restorePlan } from './recording-services.ts';

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
      const asked: Erasure[] = [];
      const { client, services, shown } = pageOf(kind, async (one) => {
        asked.push(one);
        return true;
      });
      const { confirmation } = await client.cards.confirm({ planDigest: hex64 });
      expect(asked).toEqual([{ kind: 'card', plan: shown }]);
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

/** A page of the window, over backups whose shown plan is this. */
function backupsPage(shown: Exclude<Erasure, { kind: 'card' }> | undefined, askOperator: Ask) {
  const services = recordingServices({ replace: { backups: { shown: () => shown } } });
  const context: CallContext = { role: 'operator', sessionId: 'one', host: 'electron', askOperator };
  const client: SifakaClient = createRouterClient(createRouter(services), { context });
  return { services, client };
}

const never: Ask = () => expect.unreachable('it takes nothing away');

const overwriting = {
  ...restorePlan,
  overwrites: { name: 'web', status: 'running', disks: [], config: hex64 },
};
const erasures = [
  { kind: 'restore', plan: overwriting },
  { kind: 'prune', plan: { ...prunePlan, removes: 2 } },
] as const;

describe('a confirmation for backups that the page of the window asks for', () => {
  it.each(erasures)(
    'is given for a $kind that takes something away when the operator says yes',
    async (shown) => {
      const asked: Erasure[] = [];
      const { client, services } = backupsPage(shown, async (one) => {
        asked.push(one);
        return true;
      });
      const { confirmation } = await client.backups.confirm({ planDigest: hex64 });
      expect(asked).toEqual([shown]);
      const run = shown.kind === 'prune' ? client.backups.prune : client.backups.restore;
      await run({ planDigest: hex64, confirmation });
      expect(services.reached).toEqual([{ method: `backups.${shown.kind}`, with: [hex64] }]);
    },
  );

  it.each(erasures)('is not given for a $kind when the operator says no', async (shown) => {
    const { client } = backupsPage(shown, async () => false);
    await expect(client.backups.confirm({ planDigest: hex64 })).rejects.toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      data: { state: 'Nothing was started.' },
    });
  });

  it('is given without asking where no guest is erased', async () => {
    for (const shown of [{ kind: 'restore', plan: restorePlan } as const, undefined])
      expect(await backupsPage(shown, never).client.backups.confirm({ planDigest: hex64 })).toHaveProperty(
        'confirmation',
      );
  });
});
