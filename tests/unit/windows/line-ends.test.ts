import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCluster, parseInventory } from '../../../electron/services/lab/known-files.ts';
import { renderInput, secrets } from '../cards/render-input.ts';
import { rendered } from '../cards/rendered.ts';

const demo = (name: string) => readFileSync(new URL(`../../../resources/demo-lab/${name}`, import.meta.url));
const withCarriageReturns = (content: Buffer) =>
  Buffer.from(content.toString('utf8').replaceAll('\n', '\r\n'));
const bytes = (text: string) => new TextEncoder().encode(text);

describe('a lab that was checked out on Windows', () => {
  it('says the same in its inventory', () => {
    const name = 'metis/inventory.yaml';
    const [plain, windows] = [demo(name), withCarriageReturns(demo(name))];
    expect(windows.equals(plain)).toBe(false);
    expect(parseInventory(name, windows).value).toEqual(parseInventory(name, plain).value);
  });

  it('says the same in its cluster file', () => {
    const name = 'cluster/madagascar.json';
    expect(parseCluster(name, withCarriageReturns(demo(name))).value).toEqual(
      parseCluster(name, demo(name)).value,
    );
  });
});

describe('a card', () => {
  const script = '#!/bin/sh\r\nset -eu\r\necho "done"\r\n';
  const hooks = [
    { source: 'metis/hooks/a', target: '/usr/local/bin/a', mode: '0755' },
    { source: 'metis/hooks/b', target: '/usr/local/share/b' },
    { source: 'metis/hooks/c', target: '/usr/local/share/c' },
  ];
  const binary = bytes('\r\n\0\r\n');
  const sealedOnWindows = Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, `${value.trimEnd()}\r\n`]),
  );
  const card = rendered(
    renderInput(
      { nodeClass: { hooks } },
      {
        secrets: sealedOnWindows,
        hooks: new Map([
          ['metis/hooks/a', bytes(script)],
          ['metis/hooks/b', binary],
          ['metis/hooks/c', bytes('a\rb\nc\r')],
        ]),
      },
    ),
  );

  it('gets a text of the lab with line ends of Linux, and its review says so', () => {
    expect(card.text('/usr/local/bin/a')).toBe(script.replaceAll('\r\n', '\n'));
    expect(card.file('/usr/local/bin/a').reason).toBe('Hook: metis/hooks/a, with line ends of Linux.');
  });

  it('gets everything else byte for byte', () => {
    expect(card.file('/usr/local/share/b').content).toEqual(binary);
    expect(card.text('/usr/local/share/c')).toBe('a\rb\nc\r');
    expect(card.file('/usr/local/share/c').reason).toBe('Hook: metis/hooks/c.');
  });

  it('has no line end of Windows in any file of text', () => {
    const ends = card.entries.flatMap(({ entry }) =>
      entry.kind === 'file' && !entry.content.includes(0) && Buffer.from(entry.content).includes('\r\n')
        ? [entry.path]
        : [],
    );
    expect(ends).toEqual([]);
    expect(card.entries.length).toBeGreaterThan(15);
  });
});
