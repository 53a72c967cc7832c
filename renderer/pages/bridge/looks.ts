import type { BridgeNode, BridgeOverview, BridgePort } from '../../../shared/schemas/bridge.ts';

/** Bytes per second between two looks at a port. */
export interface PortRate {
  readonly received: number;
  readonly sent: number;
}

type Live = NonNullable<BridgeNode['live']>;

/** One node over several looks. */
export interface SeenNode {
  readonly node: string;
  /** Why it did not answer the newest look. */
  readonly problem?: NonNullable<BridgeNode['problem']>;
  /** What it said when it last answered, and when that was. */
  readonly said?: { readonly at: string; readonly live: Live };
  /** By the port's name; without what cannot be known from one look. */
  readonly rates: Readonly<Record<string, PortRate>>;
}

/** The newest look, and of nodes that were silent in it what they said before. */
export interface SeenBridge {
  readonly overview: BridgeOverview;
  readonly nodes: readonly SeenNode[];
}

/** Seconds; over a longer time a rate is an average that says nothing of now. */
const longestSpan = 60;

/** Adds a look. Pure: `before` is what was seen until then. */
export function addLook(before: SeenBridge | undefined, overview: BridgeOverview): SeenBridge {
  const nodes = overview.nodes.map((now): SeenNode => {
    const last = before?.nodes.find(({ node }) => node === now.node)?.said;
    if (!now.live) {
      return {
        node: now.node,
        ...(now.problem && { problem: now.problem }),
        ...(last && { said: last }),
        rates: {},
      };
    }
    return {
      node: now.node,
      said: { at: now.at, live: now.live },
      rates: ratesSince(last, now.at, now.live),
    };
  });
  return { overview, nodes };
}

function ratesSince(last: SeenNode['said'], at: string, live: Live): Record<string, PortRate> {
  if (!last) return {};
  const seconds = (Date.parse(at) - Date.parse(last.at)) / 1000;
  if (!(seconds > 0) || seconds > longestSpan) return {};
  const rates: Record<string, PortRate> = {};
  for (const port of live.ports) {
    const former = last.live.ports.find(({ name }) => name === port.name);
    const rate = former && rateBetween(former, port, seconds);
    if (rate) rates[port.name] = rate;
  }
  return rates;
}

/** A counter that went back is of an interface that came anew: nothing is known of what it moved before. */
function rateBetween(former: BridgePort, port: BridgePort, seconds: number): PortRate | undefined {
  const received = growth(former.receivedBytes, port.receivedBytes);
  const sent = growth(former.sentBytes, port.sentBytes);
  if (received === undefined || sent === undefined) return undefined;
  return { received: received / seconds, sent: sent / seconds };
}

function growth(former: number | undefined, now: number | undefined): number | undefined {
  return former === undefined || now === undefined || now < former ? undefined : now - former;
}
