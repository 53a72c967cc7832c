import { z } from 'zod';
import type { CableEnd, CablePlan, ClusterPlan } from './calls.ts';
import { succeed } from './run-here.ts';

const linksSchema = z.array(z.looseObject({ ifindex: z.int().optional(), ifname: z.string().optional() }));

interface Cable extends CablePlan {
  plugged: boolean;
  mtu: number;
  /** The number of the interface at the first end, while there is one; names may change. */
  interface: number | undefined;
}

/**
 * The cluster's networks, all in network namespaces that end with the supervisor: one per node, and the supervisor's own
 * with a bridge for management. None has a way to the machine's network.
 */
export class Network {
  readonly #cables: Cable[];
  readonly #nodes: readonly string[];
  readonly #on = new Set<string>();
  readonly #cutOff = new Set<string>();
  // Far above what the kernel counts up to by itself.
  #nextInterface = 10_000;
  /** One change at a time: two nodes that start at once share a cable. */
  #last: Promise<void> = Promise.resolve();

  constructor({ nodes, cables }: ClusterPlan) {
    this.#nodes = nodes.map(({ name }) => name);
    this.#cables = cables.map((cable) => ({ ...cable, plugged: true, interface: undefined }));
  }

  async build(managementAddress: string): Promise<void> {
    await succeed('ip', 'link', 'set', 'lo', 'up');
    // Without an address of its own it takes another one whenever its ports change, and the nodes lose it.
    await succeed('ip', 'link', 'add', 'management', 'address', '02:00:00:00:00:fe', 'type', 'bridge');
    await succeed('ip', 'address', 'add', managementAddress, 'dev', 'management');
    await succeed('ip', 'link', 'set', 'management', 'up');
    // A bridge that is down drops every frame, and the ports on it keep their carrier.
    await succeed('ip', 'link', 'add', 'nowhere', 'type', 'bridge');
  }

  /** A node's empty network, and every cable whose other end is there. */
  add(node: string): Promise<void> {
    return this.#inTurn(async () => {
      const port = this.#managementPort(node);
      await succeed('ip', 'netns', 'add', node);
      const mgmt0 = ['name', 'mgmt0', 'address', this.#ethernetAddress(node, 0xa0), 'netns', node];
      await succeed('ip', 'link', 'add', port, 'type', 'veth', 'peer', ...mgmt0);
      await succeed('ip', 'link', 'set', port, 'up');
      await this.#joinManagement(node);
      this.#on.add(node);
      for (const cable of this.#cables) await this.#connect(cable);
    });
  }

  remove(node: string): Promise<void> {
    return this.#inTurn(async () => {
      // The namespace itself ends in the background; these names are used again at once.
      for (const cable of this.#cables)
        if (cable.ends.some((end) => end.node === node)) await this.#disconnect(cable);
      this.#on.delete(node);
      await succeed('ip', 'link', 'delete', this.#managementPort(node));
      await succeed('ip', 'netns', 'delete', node);
    });
  }

  plug(index: number, mtu: number): Promise<void> {
    return this.#inTurn(async () => {
      const cable = this.#cable(index);
      if (cable.plugged) return;
      cable.plugged = true;
      cable.mtu = mtu;
      await this.#connect(cable);
    });
  }

  cut(index: number): Promise<void> {
    return this.#inTurn(async () => {
      const cable = this.#cable(index);
      cable.plugged = false;
      await this.#disconnect(cable);
    });
  }

  management(node: string, passes: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (passes) this.#cutOff.delete(node);
      else this.#cutOff.add(node);
      if (this.#on.has(node)) await this.#joinManagement(node);
    });
  }

  async #connect(cable: Cable): Promise<void> {
    const [first, second] = cable.ends;
    const isReady = cable.plugged && this.#on.has(first.node) && this.#on.has(second.node);
    if (!isReady || cable.interface !== undefined) return;
    cable.interface = this.#nextInterface;
    this.#nextInterface += 2;
    const end = ({ node, port }: CableEnd, index: number) => {
      const address = this.#ethernetAddress(node, Number(port.replaceAll(/\D/g, '')));
      return ['name', port, 'address', address, 'index', String(index), 'mtu', String(cable.mtu)];
    };
    const one = ['-n', first.node, 'link', 'add', ...end(first, cable.interface)];
    const other = [...end(second, cable.interface + 1), 'netns', second.node];
    await succeed('ip', ...one, 'type', 'veth', 'peer', ...other);
  }

  async #disconnect(cable: Cable): Promise<void> {
    if (cable.interface === undefined) return;
    const { node } = cable.ends[0];
    const links = linksSchema.parse(JSON.parse(await succeed('ip', '-n', node, '-j', 'link')));
    const link = links.find(({ ifindex }) => ifindex === cable.interface);
    // A node may have deleted it.
    if (link?.ifname !== undefined) await succeed('ip', '-n', node, 'link', 'delete', link.ifname);
    cable.interface = undefined;
  }

  async #joinManagement(node: string): Promise<void> {
    const bridge = this.#cutOff.has(node) ? 'nowhere' : 'management';
    await succeed('ip', 'link', 'set', this.#managementPort(node), 'master', bridge);
  }

  /** A port keeps it when it is plugged in again and when its node starts again, as hardware does. */
  #ethernetAddress(node: string, port: number): string {
    const bytes = [2, 0, 0, this.#nodes.indexOf(node) + 1, 0, port];
    return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  }

  #managementPort(node: string): string {
    return `node${this.#nodes.indexOf(node)}`;
  }

  #cable(index: number): Cable {
    const cable = this.#cables[index];
    if (cable === undefined) throw new Error(`no cable ${index}`);
    return cable;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    await turn;
  }
}
