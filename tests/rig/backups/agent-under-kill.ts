import type { CheapNode } from '../proxmox/cheap-node.ts';
import { type CheapNodes, cheapNodes } from '../proxmox/cheap-nodes.ts';
import { AgentOnNode, policyOf } from './agent-on-node.ts';
import { halfADayAway } from './half-a-day-away.ts';
import { dumpedOn, killInTheMiddle, wrongAfterwards } from './kill-agent.ts';
import type { AgentMoment } from './kill-moments.ts';

const guests = ['qemu-100', 'lxc-101'];
const mebibyte = 1024 * 1024;

/** A node whose agent is killed, again and again. */
export class AgentUnderKill {
  readonly #rig: CheapNodes;
  readonly #node: CheapNode;
  readonly #agent: AgentOnNode;
  /** How long a look with two backups takes here, in milliseconds. */
  #takes = 0;

  private constructor(rig: CheapNodes, agent: AgentOnNode) {
    this.#rig = rig;
    this.#agent = agent;
    this.#node = agent.node;
  }

  static async start(): Promise<AgentUnderKill> {
    const rig = await cheapNodes({ nodes: ['baobab'] });
    const node = rig.node('baobab');
    node.addGuest(100, { bytes: 2 * mebibyte });
    node.addGuest(101, { type: 'lxc', bytes: mebibyte });
    const agent = new AgentOnNode(node, policyOf([{ schedule: { at: halfADayAway } }]));
    const one = new AgentUnderKill(rig, agent);
    await agent.anotherDay();
    const start = performance.now();
    const { code, stderr } = await agent.run();
    if (code !== 0) throw new Error(`the agent ended with ${code} without any kill: ${stderr}`);
    one.#takes = performance.now() - start;
    return one;
  }

  stop(): Promise<void> {
    return this.#rig.stop();
  }

  /** Another day, on which it is killed at that moment and looks again; answers what is wrong then. */
  async wrongAfter({ victim, share }: AgentMoment): Promise<string[]> {
    await this.#agent.anotherDay();
    const before = dumpedOn(this.#agent);
    await killInTheMiddle(this.#agent, { victim, milliseconds: share * this.#takes });
    const wrong = await wrongAfterwards(this.#agent, before, guests);
    for (const guest of guests) {
      const isNew = (name: string) => name.includes(`-${guest}-`) && !before.archives.has(name);
      const made = [...dumpedOn(this.#agent).archives.keys()].filter(isNew).length;
      // Without power, what was whole the moment before may not be on the disk: it stays, is no backup, and is made again.
      if (made !== 1 && !(victim === 'power' && made === 2)) wrong.push(`${guest} was dumped ${made} times`);
    }
    for (const vmid of this.#node.guests())
      if (this.#node.guestConfig(vmid)?.includes('lock:')) wrong.push(`${vmid} is locked still`);
    return wrong;
  }
}
