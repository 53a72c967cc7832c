import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentUnderKill } from '../../rig/backups/agent-under-kill.ts';
import { type AgentMoment, killSeed } from '../../rig/backups/kill-moments.ts';
import { cheapNodeTools } from '../../rig/proxmox/cheap-nodes.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { AppUnderKill, type AppMoment } from './kill-app.ts';

const isRoot = process.getuid?.() === 0;
const tools = [...cheapNodeTools, 'swift-proxy-server'];
const timeout = 600_000;

/** Tests of moments at which the app, or the agent of a node, is killed with signal 9. */
export function killed(moments: {
  readonly app: readonly AppMoment[];
  readonly agent: readonly AgentMoment[];
}): void {
  beforeEach((context) => {
    if (!isRoot) unproven(context, 'nodes are made by root');
    requireTools(context, ...tools);
  });
  const isReady = isRoot && tools.every(isOnPath);

  describe(`the app is killed (SIFAKA_KILL_SEED=${killSeed})`, () => {
    let app: AppUnderKill;
    beforeAll(async () => {
      if (isReady) app = await AppUnderKill.start();
    }, timeout);
    afterAll(() => app?.stop());
    for (const [index, moment] of moments.app.entries())
      it(`${index + 1}: at ${percent(moment.share)} of ${moment.deed}`, { timeout }, async () => {
        expect(await app.wrongAfter(moment)).toEqual([]);
      });
  });

  describe(`on a node, killed is (SIFAKA_KILL_SEED=${killSeed})`, () => {
    let agent: AgentUnderKill;
    beforeAll(async () => {
      if (isReady) agent = await AgentUnderKill.start();
    }, timeout);
    afterAll(() => agent?.stop());
    for (const [index, moment] of moments.agent.entries())
      it(`${index + 1}: ${moment.victim}, at ${percent(moment.share)} of a look`, { timeout }, async () => {
        expect(await agent.wrongAfter(moment)).toEqual([]);
      });
  });
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
