import { describe, expect, it } from 'vitest';
import { cableHealth, portHealth } from '../../../renderer/components/bridge/port-health.ts';
import { layRing, nodeBox, ringOrder } from '../../../renderer/components/bridge/ring-layout.ts';
import type { BridgeOverview, BridgePort } from '../../../shared/schemas/bridge.ts';

type Cables = BridgeOverview['cables'];

/** `a:1 b:0` for a cable between port 1 of a and port 0 of b. */
function cables(...texts: string[]): Cables {
  return texts.map((text) => {
    const [from, to] = text.split(' ').map((end) => {
      const [node = '', port = ''] = end.split(':');
      return { node, port };
    });
    if (!from || !to) throw new Error('a cable has two ends');
    return { from, to };
  });
}

/** A closed ring of so many nodes, each cabled to the next. */
function ringOf(count: number) {
  const names = Array.from({ length: count }, (_, index) => `n${index}`);
  return {
    nodes: names.map((node) => ({ node, ports: ['0', '1'] })),
    cables: cables(...names.map((node, index) => `${node}:1 ${names[(index + 1) % count]}:0`)),
  };
}

describe('the order of a ring', () => {
  it('follows the cables, whatever the order of the names', () => {
    expect(ringOrder(['a', 'b', 'c', 'd'], cables('a:1 c:0', 'c:1 b:0', 'b:1 d:0', 'd:1 a:0'))).toEqual([
      'a',
      'c',
      'b',
      'd',
    ]);
  });

  it('has every node once, cabled or not, and none that is not there', () => {
    expect(ringOrder(['a', 'b', 'c'], cables('b:0 c:0', 'c:1 nobody:0'))).toEqual(['a', 'b', 'c']);
    expect(ringOrder([], [])).toEqual([]);
  });
});

describe('a drawn ring', () => {
  it.each([1, 2, 3, 5, 16])(
    'of %i nodes has each box apart from the others and inside the picture',
    (count) => {
      const { nodes, cables: all } = ringOf(count);
      const layout = layRing(nodes, all);
      expect(layout.nodes).toHaveLength(count);
      for (const [index, one] of layout.nodes.entries()) {
        expect(one.x - nodeBox.width / 2).toBeGreaterThanOrEqual(0);
        expect(one.x + nodeBox.width / 2).toBeLessThanOrEqual(layout.width);
        expect(one.y - nodeBox.height / 2).toBeGreaterThanOrEqual(0);
        expect(one.y + nodeBox.height / 2).toBeLessThanOrEqual(layout.height);
        for (const other of layout.nodes.slice(index + 1)) {
          const isApart =
            Math.abs(one.x - other.x) >= nodeBox.width || Math.abs(one.y - other.y) >= nodeBox.height;
          expect(isApart, `${one.node} and ${other.node} of ${count}`).toBe(true);
        }
      }
    },
  );

  it('has each port at the edge of its own box', () => {
    const { nodes, cables: all } = ringOf(3);
    const layout = layRing(nodes, all);
    const ports = layout.cables.flatMap(({ from, to }) => [from, to]);
    expect(ports).toHaveLength(6);
    for (const port of ports) {
      const box = layout.nodes.find(({ node }) => node === port.node);
      const beside = Math.abs(Math.abs(port.x - (box?.x ?? 0)) - nodeBox.width / 2);
      const below = Math.abs(Math.abs(port.y - (box?.y ?? 0)) - nodeBox.height / 2);
      expect(Math.min(beside, below)).toBeLessThan(0.2);
    }
    expect(layout.loose).toEqual([]);
  });

  it('has two cables between the same nodes apart from each other', () => {
    const layout = layRing(
      ['a', 'b'].map((node) => ({ node, ports: ['0', '1'] })),
      cables('a:0 b:0', 'b:1 a:1'),
    );
    const [one, other] = layout.cables.map(({ middle }) => middle);
    expect(Math.abs((one?.y ?? 0) - (other?.y ?? 0))).toBeGreaterThan(20);
    const places = layout.cables.flatMap(({ from, to }) => [from, to]).map(({ x, y }) => `${x},${y}`);
    expect(new Set(places).size).toBe(4);
  });

  it('keeps ports that no cable is known of, and leaves out a cable to a node that is not there', () => {
    const layout = layRing([{ node: 'a', ports: ['0', '1'] }], cables('a:0 nobody:0', 'a:0 a:1'));
    expect(layout.cables).toEqual([]);
    expect(layout.loose.map(({ name }) => name)).toEqual(['0', '1']);
  });
});

describe('how a port and its cable stand', () => {
  const port: BridgePort = {
    name: 'thunderbolt0',
    present: true,
    enslaved: true,
    mtu: 65520,
    carrier: true,
    state: 'forwarding',
  };
  it.each([
    [{}, 'forwarding'],
    [{ present: false, enslaved: false }, 'absent'],
    [{ enslaved: false }, 'not-in-bridge'],
    [{ carrier: false, state: 'disabled' }, 'no-carrier'],
    [{ mtu: 1500 }, 'slow'],
    [{ state: 'learning' }, 'settling'],
    [{ state: 'blocking' }, 'blocking'],
    [{ state: 'disabled' }, 'disabled'],
  ] as const)('with %o it is %s', (more, health) =>
    expect(portHealth({ ...port, ...more }, 65520)).toBe(health),
  );

  it('is disabled as long as nothing is known of its state', () => {
    const { state: _, ...without } = port;
    expect(portHealth(without, 65520)).toBe('disabled');
  });

  it('is of its worse end, and not known when one end is not', () => {
    expect(cableHealth(['forwarding', 'forwarding'])).toBe('carries');
    expect(cableHealth(['forwarding', 'blocking'])).toBe('stands-by');
    expect(cableHealth(['slow', 'forwarding'])).toBe('slow');
    expect(cableHealth(['forwarding', undefined])).toBe('unknown');
    expect(cableHealth([undefined, 'no-carrier'])).toBe('cut');
  });
});
