import { describe, expect, it } from 'vitest';
import { addLook, type SeenBridge } from '../../../renderer/pages/bridge/looks.ts';
import type { BridgeNode, BridgeOverview, BridgePort } from '../../../shared/schemas/bridge.ts';

const start = Date.parse('2026-06-01T12:00:00Z');

function answer(seconds: number, port: Partial<BridgePort>): BridgeNode {
  return {
    node: 'baobab',
    at: new Date(start + seconds * 1000).toISOString(),
    live: { ports: [{ name: 'thunderbolt0', present: true, enslaved: true, ...port }] },
  };
}

function silence(seconds: number): BridgeNode {
  return {
    node: 'baobab',
    at: new Date(start + seconds * 1000).toISOString(),
    problem: { code: 'SSH_UNREACHABLE', what: 'baobab does not answer.', state: '', next: '' },
  };
}

function look(...nodes: BridgeNode[]): BridgeOverview {
  return { cluster: 'madagascar', bridge: 'thunderbridge', mtu: 65520, cables: [], nodes };
}

const seen = (...looks: BridgeNode[]) =>
  looks.reduce<SeenBridge | undefined>((before, node) => addLook(before, look(node)), undefined)?.nodes[0];

describe('rates', () => {
  it('are what the counters grew by, per second of the nodes’ own time between two looks', () => {
    const node = seen(
      answer(0, { receivedBytes: 1000, sentBytes: 0 }),
      answer(4, { receivedBytes: 9000, sentBytes: 2000 }),
    );
    expect(node?.rates).toEqual({ thunderbolt0: { received: 2000, sent: 500 } });
  });

  it('are not there after one look, without counters, or between two looks at the same moment', () => {
    expect(seen(answer(0, { receivedBytes: 1, sentBytes: 1 }))?.rates).toEqual({});
    expect(seen(answer(0, {}), answer(4, {}))?.rates).toEqual({});
    const now = answer(0, { receivedBytes: 1, sentBytes: 1 });
    expect(seen(now, now)?.rates).toEqual({});
  });

  it('are not made up when an interface came anew and counts from zero', () => {
    const node = seen(
      answer(0, { receivedBytes: 9000, sentBytes: 9000 }),
      answer(4, { receivedBytes: 10, sentBytes: 9999 }),
    );
    expect(node?.rates).toEqual({});
  });

  it('are not an average over minutes', () => {
    const node = seen(
      answer(0, { receivedBytes: 0, sentBytes: 0 }),
      answer(300, { receivedBytes: 9000, sentBytes: 9000 }),
    );
    expect(node?.rates).toEqual({});
  });
});

describe('a node that stops answering', () => {
  it('is a gap with its reason, and what it last said keeps the time at which it was said', () => {
    const node = seen(answer(0, {}), silence(4), silence(8));
    expect(node?.problem?.code).toBe('SSH_UNREACHABLE');
    expect(node?.said?.at).toBe(new Date(start).toISOString());
    expect(node?.rates).toEqual({});
  });

  it('has said nothing when it never answered', () => {
    expect(seen(silence(0))?.said).toBeUndefined();
  });

  it('is back with what it says now, and a rate since it was last heard if that is not long ago', () => {
    const node = seen(
      answer(0, { receivedBytes: 0, sentBytes: 0 }),
      silence(4),
      answer(10, { receivedBytes: 100, sentBytes: 10 }),
    );
    expect(node?.problem).toBeUndefined();
    expect(node?.rates).toEqual({ thunderbolt0: { received: 10, sent: 1 } });
  });
});
