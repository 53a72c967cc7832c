import { expect, it } from 'vitest';
import { nextText, planText } from '../../../electron/cli/text/bridge-plan-text.ts';
import { statusText } from '../../../electron/cli/text/bridge-status-text.ts';
import { planBridge } from '../../../electron/services/bridge/plan/plan-bridge.ts';
import { bridgeFacts, file, interfaces, onNode, request, stanza } from '../bridge/plan-fixtures.ts';

const hex = 'e'.repeat(64);
const planned = (...facts: Parameters<typeof bridgeFacts>) => ({
  plan: planBridge(request, bridgeFacts(...facts)),
  digest: hex,
  observed: [
    {
      node: 'ebony',
      kernel: ['thunderbolt 0-1: new host found', '\u001b[31mred'],
      units: [{ name: 'a.service', state: 'failed (failed)' }],
    },
  ],
});

it('shows what changes in a file as a diff, with its owner and mode on both sides', () => {
  const before = file(interfaces, 'auto thunderbridge\niface thunderbridge inet manual\n', { mode: '0600' });
  const text = planText(planned({ ebony: { facts: { files: onNode(before) } } }));
  expect(text).toContain(`  ${interfaces}  changed, root:root 0600 → root:root 0644`);
  expect(text).toContain(
    '     auto thunderbridge\n    -iface thunderbridge inet manual\n    +iface thunderbridge inet static',
  );
  expect(text).toContain('kernel: thunderbolt 0-1: new host found');
  expect(text).toContain('unit a.service has failed there');
  expect(text).toContain('a node takes everything back by itself within 2 min');
  expect(text).toContain(`plan ${hex}`);
});

it('shows a change that several nodes have once, and names where it stands', () => {
  const shared = file('/usr/local/sbin/thunderbridge', '#!/bin/sh\nexit 0\n', { mode: '0755' });
  const text = planText(planned({ baobab: { files: [shared] }, ebony: { files: [shared] } }));
  expect(text.match(/\+#!\/bin\/sh/g)).toHaveLength(1);
  expect(text).toContain('/usr/local/sbin/thunderbridge  new, root:root 0755; as on baobab');
});

it('lets nothing of a node or a lab move the terminal', () => {
  const evil = '\u001b[2J\u202e\u0007';
  const before = file(interfaces, `one${evil}\rtwo\n`, { owner: `root${evil}` });
  const text = planText(
    planned({
      ebony: { files: [stanza('10.99.0.2/24', { more: `# ${evil}\n` })], facts: { files: onNode(before) } },
    }),
  );
  expect(text).toContain('\\u{1b}[2J');
  expect(text).not.toMatch(/[\u001b\u202e\u0007\r]/);
  const live = {
    ports: [{ name: evil, present: true, enslaved: true, mtu: 1 }],
    bridge: { name: evil, mtu: 1, up: true, stp: false, addresses: [evil] },
  };
  const status = statusText({
    cluster: evil,
    bridge: evil,
    mtu: 1,
    cables: [],
    nodes: [{ node: 'ebony', at: '', live }],
  });
  expect(status).not.toMatch(/[\u001b\u202e\u0007]/);
});

it('says of a port before the first deploy no more than that it is not in the bridge', () => {
  const port = { name: 'thunderbolt0', present: true, mtu: 1500, carrier: false };
  const textOf = (more: { enslaved: boolean; state?: 'disabled' | 'blocking'; carrier?: boolean }) =>
    statusText({
      cluster: 'madagascar',
      bridge: 'thunderbridge',
      mtu: 65_520,
      cables: [],
      nodes: [{ node: 'ebony', at: '', live: { ports: [{ ...port, ...more }] } }],
    });
  expect(textOf({ enslaved: false })).toMatch(/NOT IN THE BRIDGE +1500/);
  expect(textOf({ enslaved: true, state: 'disabled' })).toContain('disabled, no carrier');
  expect(textOf({ enslaved: true, state: 'blocking', carrier: true })).toContain('blocking, stands by  ');
});

it('says what is refused last, with what to do, and nothing of a next step', () => {
  const text = planText(planned({ ebony: { facts: { isRoot: false } } }), 80);
  expect(text).toMatch(/REFUSED: Sifaka logs in to ebony as a user who is not root/);
  expect(text).toMatch(/Refused\. Nothing was changed\.$/);
  expect(nextText(planned({ ebony: { facts: { isRoot: false } } }).plan)).toBe('');
  expect(nextText(planned().plan)).toMatch(/Next: sifaka bridge deploy attempt1$/);
  for (const line of text.split('\n'))
    if (!line.includes('/usr/local')) expect(line.length).toBeLessThanOrEqual(84);
});

it('does not say of a node that did not answer that nothing changes there', () => {
  const { plan, ...rest } = planned();
  const nodes = plan.nodes.map((node) => Object.assign({}, node, { risk: 'none', files: [], live: [] }));
  const silent = { code: 'node-silent', node: 'ebony', what: 'ebony did not answer.', next: 'See.' } as const;
  const text = planText({ ...rest, plan: { ...plan, nodes, refusals: [silent] } });
  expect(text).toContain('ebony: NOT PLANNED, it did not answer');
  expect(text).not.toContain('ebony: nothing changes');
  expect(text).toContain('baobab: nothing changes');
});

it('says that there is nothing to do where nothing changes, and that a file is no text', () => {
  const { plan } = planned();
  const nodes = plan.nodes.map((node) => Object.assign({}, node, { risk: 'none', files: [], live: [] }));
  expect(planText({ plan: { ...plan, nodes, warnings: [] }, digest: hex, observed: [] })).toMatch(
    /Nothing to do: all nodes are as they shall be\.$/,
  );
  const { text: _text, ...rest } = file('/usr/local/lib/blob', 'xx');
  const binary = { ...rest, base64: 'AAE=' };
  expect(planText(planned({ ebony: { files: [stanza('10.99.0.2/24'), binary] } }))).toContain(
    'no text: 0 → 2 bytes',
  );
});
