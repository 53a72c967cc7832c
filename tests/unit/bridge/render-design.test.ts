import fc from 'fast-check';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ClusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import { renderDesign, type RenderedFile } from '../../../electron/services/bridge/design/render-design.ts';
import { loadTemplates, type Templates } from '../../../electron/services/bridge/design/templates.ts';
import { parseCluster } from '../../../electron/services/lab/known-files.ts';
import { Problem } from '../../../shared/problem.ts';

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates(fileURLToPath(new URL('../../../resources', import.meta.url)));
});

/** Every place that a value of the lab gets to. */
interface Places {
  readonly node: string;
  readonly bridge: string;
  readonly address: string;
  readonly port: string;
  readonly path: string;
  readonly driver: string;
}

const plain: Places = {
  node: 'baobab',
  bridge: 'thunderbridge',
  address: '10.99.0.1/24',
  port: 'en05',
  path: 'pci-0000:00:0d.2',
  driver: 'thunderbolt-net',
};

function described({ node, bridge, address, port, path, driver }: Places): ClusterBridge {
  const member = { bridge, mtu: 65520, stp: true, address };
  return {
    file: 'cluster/madagascar.json',
    cluster: 'madagascar',
    bridge,
    mtu: 65520,
    stp: true,
    forwardDelay: 2,
    nodes: [
      { node, ...member, ports: [{ name: port, path, driver }, { name: 'en06' }] },
      { node: 'tapia', ...member, address: '10.99.0.3/24', ports: [{ name: 'en05' }] },
    ],
    cables: [],
    ring: false,
  };
}

/** What shells, systemd, udev, ifupdown2 with its templates and file systems would take for more than a text. */
const hostile = [
  '\n',
  '\r',
  '\u0000',
  '\t',
  ' ',
  '"',
  "'",
  '`',
  '$(reboot)',
  '${IFS}',
  '$x',
  ';reboot',
  '&&',
  '|',
  '>',
  '<',
  '#',

  '\\',
  '\\\n',
  '%i',
  '%%',
  '%n',
  '*',
  '?',
  '[a]',
  '{a,b}',
  '!',
  '~',
  '^',
  '=',
  ',',
  ':=',
  '/',
  '../',
  './',
  '-rf',

  '\u202e',
  '\u2028',
  'é',
  '@BRIDGE@',
  '@PORTS@',
  '${',
  '<%',
  '%>',
  '## ',
  '\n[Service]\nExecStart=/bin/false\n',

  '", RUN+="/bin/sh',
  '\n    post-up reboot',
  '\npost-up reboot\n',
  '__proto__',
  'common',
  'design.json',
];

/** How many lines each file has: what a value with a line end in it would change. */
function lineCounts(files: readonly RenderedFile[]): number[] {
  return files.map(({ text }) => text.split('\n').length).toSorted((a, b) => a - b);
}

describe('a rendered design', () => {
  test('is the same for the same cluster, whatever the order of its nodes', () => {
    const bridge = described(plain);
    const again = renderDesign({ ...bridge, nodes: bridge.nodes.toReversed() }, templates);
    expect(again).toEqual(renderDesign(bridge, templates));
  });

  test('depends on nothing but what its digest says', () => {
    const one = renderDesign(described(plain), templates);
    const edited = { ...templates, interfaces: `${templates.interfaces}# more\n` };
    const other = renderDesign({ ...described(plain), forwardDelay: 4 }, templates);
    expect(
      new Set([one, renderDesign(described(plain), edited), other].map((each) => each.renderedFrom)).size,
    ).toBe(3);
  });

  test('has every placeholder filled', () => {
    for (const { text } of renderDesign(described(plain), templates).files)
      expect(text).not.toMatch(/@[A-Z_]+@/);
  });

  test('is not made of values that could leave their place in a file; what is made keeps its lines', () => {
    const piece = fc.oneof(
      fc.constantFrom(...hostile),
      fc.string({ maxLength: 6 }),
      fc.constantFrom('a', 'B0', '.', '-', '_', '1'),
    );
    const any = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    const place = fc.constantFrom(
      'node',
      'bridge',
      'address',
      'port',
      'path',
      'driver',
    ) satisfies fc.Arbitrary<keyof Places>;
    const expected = lineCounts(renderDesign(described(plain), templates).files);
    let made = 0;
    fc.assert(
      fc.property(place, any, fc.boolean(), (where, value, append) => {
        const places = { ...plain, [where]: append ? plain[where] + value : value };
        let files: readonly RenderedFile[];
        try {
          ({ files } = renderDesign(described(places), templates));
        } catch {
          return;
        }
        made += 1;
        // Only what needs no quoting anywhere gets this far.
        expect(places[where]).toMatch(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/);
        for (const { path } of files) {
          expect(path).toMatch(/^[A-Za-z0-9@_./-]+$/);
          expect(path).not.toMatch(/(^|\/)\.\.?(\/|$)/);
        }
        expect(lineCounts(files)).toEqual(expected);
      }),
      { numRuns: 6000, seed: 20_262 },
    );
    expect(made).toBeGreaterThan(100);
  });

  test('is not even asked for: the cluster file with such a value is refused, with its line', () => {
    for (const value of hostile) {
      for (const [where, part] of [
        ['bridge', { bridge: `a${value}` }],
        ['address', { address: `10.99.0.1/24${value}` }],
        ['ports', { ports: [`a${value}`] }],
        ['path', { ports: [{ name: 'a', path: `pci-1${value}` }] }],
        ['driver', { ports: [{ name: 'a', driver: `a${value}` }] }],
      ] as const) {
        const text = JSON.stringify(
          { clusters: { m: { nodes: { baobab: { thunderbridge: part } } } } },
          null,
          1,
        );
        const parse = () => parseCluster('cluster/m.json', Buffer.from(text)).value;
        // Some are part of a name where they end one: __proto__, common, design.json.
        const harmless = /^[\w.-]*$/.test(value) && where !== 'address';
        if (harmless) continue;
        expect(parse, `${where} ${JSON.stringify(value)}`).toThrow(Problem);
      }
      if (!/^[a-z]+$/.test(value)) {
        const text = JSON.stringify({ clusters: { m: { nodes: { [value]: {} } } } });
        expect(() => parseCluster('cluster/m.json', Buffer.from(text)), JSON.stringify(value)).toThrow(
          Problem,
        );
      }
    }
  });
});
