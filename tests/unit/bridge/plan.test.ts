import { describe, expect, it } from 'vitest';
import { planDifferences } from '../../../electron/services/bridge/plan/plan-difference.ts';
import { planBridge, planDigest } from '../../../electron/services/bridge/plan/plan-bridge.ts';
import { bridgePlanSchema } from '../../../shared/schemas/bridge.ts';
import {
  bridge,
  bridgeFacts,
  deployedLinks,
  file,
  interfaces,
  link,
  names,
  nodeFacts,
  onNode,
  request,
  stanza,
} from './plan-fixtures.ts';

const sha = (digit: string) => digit.repeat(64);
const plan = (...facts: Parameters<typeof bridgeFacts>) => planBridge(request, bridgeFacts(...facts));
const refused = (...facts: Parameters<typeof bridgeFacts>) =>
  plan(...facts).refusals.map(({ code, node }) => `${node} ${code}`);
const riskOfBaobab = (...facts: Parameters<typeof bridgeFacts>) => plan(...facts).nodes[0]?.risk;

const deploy = '0d5f1c1e-7a55-4a55-9a55-0123456789ab';
const armed = (secondsLeft: number) => ({ armed: { deploy, secondsLeft } });
const withoutStp = (index: number) => [stanza(`10.99.0.${index}/24`, { stp: 'off' })];

describe('a plan', () => {
  it('is the same to the last byte for the same facts, and is what the contract says', () => {
    const [one, other] = [plan(), plan()];
    expect(planDigest(one)).toBe(planDigest(other));
    expect(bridgePlanSchema.parse(one)).toEqual(one);
    expect(one.refusals).toEqual([]);
    expect(one.nodes.map(({ node }) => node)).toEqual(names);
  });

  it('has another digest for anything that would be done differently', () => {
    const digests = [
      plan(),
      plan({ ebony: { files: [stanza('10.99.0.2/24', { more: '# new\n' })] } }),
      plan({ ebony: { facts: { files: onNode(file(interfaces, 'old')) } } }),
      plan({ ebony: { facts: { links: deployedLinks('10.99.0.2/24') } } }),
      planBridge({ ...request, windowSeconds: 60 }, bridgeFacts()),
      planBridge({ ...request, mode: 'canary' }, bridgeFacts()),
    ].map(planDigest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('has nothing of what changes by itself', () => {
    const links = deployedLinks('10.99.0.1/24');
    const later = links.map((each) => Object.assign({}, each, { receivedBytes: 12, sentBytes: 7 }));
    const digests = [
      plan({ baobab: { facts: { links, kernel: ['1'], state: armed(100) } } }),
      plan({
        baobab: {
          facts: { links: later, kernel: ['2'], units: [{ name: 'a', state: 'b' }], state: armed(7) },
        },
      }),
    ].map(planDigest);
    expect(digests[0]).toBe(digests[1]);
  });

  it('is empty where everything is as it shall be', () => {
    const cases = Object.fromEntries(
      names.map((name, index) => {
        const address = `10.99.0.${index + 1}/24`;
        return [name, { facts: { links: deployedLinks(address), files: onNode(stanza(address)) } }];
      }),
    );
    const { nodes, refusals, warnings } = plan(cases);
    expect(nodes.map(({ risk, files, live }) => [risk, files, live])).toEqual(
      names.map(() => ['none', [], []]),
    );
    expect([refusals, warnings]).toEqual([[], []]);
  });

  it('changes owner and mode alone where the content is right, and has STP off where nothing says that it is on', () => {
    const now = stanza('10.99.0.1/24').text ?? '';
    const wanted = file(interfaces, now.replace('    bridge-stp on\n', ''));
    const files = onNode(file(interfaces, wanted.text ?? '', { group: 'staff', mode: '0664' }));
    const [node] = plan({ baobab: { files: [wanted], facts: { files } } }).nodes;
    expect(node?.files.map(({ path, action }) => [path, action])).toEqual([[interfaces, 'permissions']]);
    expect(node?.expected?.stp).toBe(false);
    expect(node?.live).toContainEqual({ link: 'thunderbridge', what: 'stp', from: '-', to: 'off' });
  });

  it('removes what an earlier deploy left and nobody wants any more, and nothing else', () => {
    const left = file('/etc/udev/rules.d/90-old.rules', 'old');
    const foreign = file('/etc/udev/rules.d/10-own.rules', 'own');
    const deployed = {
      deploy: sha('1'),
      design: 'attempt0',
      digest: sha('a'),
      files: [{ ...left }, { ...file('/etc/sysctl.d/gone.conf', 'x') }],
    };
    const [node] = plan({ baobab: { facts: { files: onNode(left, foreign), state: { deployed } } } }).nodes;
    expect(node?.files.map(({ path, action, drifted }) => [path, action, drifted])).toEqual([
      [interfaces, 'create', false],
      [left.path, 'remove', false],
    ]);
  });

  it('says which files somebody changed since the last deploy', () => {
    const deployed = {
      deploy: sha('1'),
      design: 'attempt0',
      digest: sha('a'),
      files: [file(interfaces, 'as deployed')],
    };
    const state = { deployed };
    const drifted = (files: ReturnType<typeof onNode>) => {
      const { nodes, warnings } = plan({ baobab: { facts: { files, state } } });
      return [nodes[0]?.files[0]?.drifted, warnings.some(({ code }) => code === 'drift')];
    };
    expect(drifted(onNode(file(interfaces, 'as deployed')))).toEqual([false, false]);
    expect(drifted(onNode(file(interfaces, 'by hand')))).toEqual([true, true]);
    expect(drifted(onNode(file(interfaces, 'as deployed', { mode: '0666' })))).toEqual([true, true]);
    expect(drifted(onNode())).toEqual([true, true]);
  });

  it('is for no bridge where the files name none: as before the first deploy', () => {
    const [node] = plan({ baobab: { files: [], facts: { links: deployedLinks('10.99.0.1/24') } } }).nodes;
    expect(node?.expected).toBeUndefined();
    expect(node?.live).toEqual([{ link: 'thunderbridge', what: 'exists', from: 'present', to: 'absent' }]);
  });

  it('does not send to a new design whoever goes back to what the cluster file has no more', () => {
    const facts = bridgeFacts({ ebony: { files: [stanza('10.99.0.9/24')] } });
    const { source } = facts;
    const back = { kind: 'deploy', id: '0b1c2d3e-0000-4000-8000-000000000000', state: 'before' } as const;
    const what = (from: typeof facts) =>
      planBridge(request, from).warnings.find(({ code }) => code === 'design-differs')?.what;
    expect(what(facts)).toContain('A new design would agree');
    expect(what({ ...facts, source: { ...source, source: back } })).toContain(
      'checks compare with that file',
    );
  });

  it('warns of cables and ports that are out, and of files that differ from the cluster file', () => {
    const { warnings } = plan({
      baobab: { facts: { links: [link('mgmt0'), link('thunderbolt0', { carrier: false })] } },
      ebony: { files: [stanza('10.99.0.9/24')] },
    });
    expect(warnings.map(({ code, node }) => `${node ?? 'all'} ${code}`)).toEqual([
      'ebony design-differs',
      'baobab ports-absent',
      'baobab cable-unplugged',
      'all stp-settles',
    ]);
  });
});

describe('a plan is refused', () => {
  it('for a node that does not answer', () => {
    const problem = { code: 'SSH_TIMED_OUT', what: 'It did not answer.', state: '', next: 'Look.' } as const;
    expect(refused({ tapia: { answer: { problem } } })).toEqual(['tapia node-silent']);
  });

  it('for a closed ring of cables without STP, whether it is off or nothing is said', () => {
    const silent = { ...stanza('10.99.0.2/24') };
    silent.text = (silent.text ?? '').replace('    bridge-stp on\n', '');
    expect(
      refused({ baobab: { files: [stanza('10.99.0.1/24', { stp: 'off' })] }, ebony: { files: [silent] } }),
    ).toEqual(['baobab ring-without-stp', 'ebony ring-without-stp']);
    const script = file(
      '/usr/local/sbin/x',
      '#!/bin/sh\nip link set dev thunderbridge type bridge stp_state 0\n',
    );
    expect(refused({ baobab: { files: [stanza('10.99.0.1/24'), script] } })).toEqual([
      'baobab ring-without-stp',
    ]);
    const netdev = file(
      '/etc/systemd/network/b.netdev',
      '[NetDev]\nName=thunderbridge\nKind=bridge\n[Bridge]\nSTP=no\n',
    );
    expect(refused({ baobab: { files: [netdev] } })).toEqual(['baobab ring-without-stp']);
  });

  it('not for a line of cables; but for one where a cable that nobody named is plugged in at both ends', () => {
    const cases = {
      baobab: { files: withoutStp(1) },
      ebony: { files: withoutStp(2) },
      tapia: { files: withoutStp(3) },
    };
    const line = { ...bridge, ring: false, cables: bridge.cables.slice(0, 2) };
    const ends = { links: [link('mgmt0'), link('thunderbolt1')] };
    const quiet = {
      ...cases,
      baobab: { files: withoutStp(1), facts: ends },
      tapia: { files: withoutStp(3), facts: { links: [link('mgmt0'), link('thunderbolt0')] } },
    };
    expect(refused(quiet, line)).toEqual([]);
    expect(refused(cases, line)).toEqual(['baobab ring-without-stp', 'tapia ring-without-stp']);
  });

  it('where no cables are named and there may be a ring', () => {
    const files = [stanza('10.99.0.1/24', { stp: 'off' })];
    expect(refused({ baobab: { files } }, { ...bridge, ring: false, cables: [] })).toEqual([
      'baobab ring-without-stp',
    ]);
  });

  it.each([
    ['the bridge', { interface: 'thunderbridge', address: '10.99.0.1' }, []],
    ['a port of it', { interface: 'thunderbolt0', address: '192.0.2.1' }, []],
    [
      'another bridge that has such a port',
      { interface: 'vmbr0', address: '192.0.2.1' },
      [link('vmbr0', { kind: 'bridge' }), link('thunderbolt1', { master: 'vmbr0' })],
    ],
    [
      'a VLAN on the bridge',
      { interface: 'vlan7', address: '192.0.2.1' },
      [link('vlan7', { kind: 'vlan', lower: 'thunderbridge' })],
    ],
    [
      'the bridge on the way back',
      { interface: 'mgmt0', address: '192.0.2.1', leavesBy: 'thunderbridge' },
      [],
    ],
  ])('where the operator comes over %s', (_over, management, links) => {
    const facts = { management, links: [...nodeFacts().links, ...links] };
    expect(refused({ baobab: { facts } })).toEqual(['baobab management-on-bridge']);
    expect(riskOfBaobab({ baobab: { facts } })).toBe('may-cut-management');
  });

  it.each([
    ['a stanza', file('/etc/network/interfaces.d/20-port', 'iface thunderbolt1 inet manual\n  mtu 1500\n')],
    [
      'a .link file',
      file('/etc/systemd/network/00-a.link', '[Match]\nPath=pci-0\n[Link]\nName=thunderbolt1\nMTUBytes=9K\n'),
    ],
    ['a hook', file('/usr/local/sbin/hook', '#!/bin/sh\nip link set dev thunderbolt1 mtu 1500 up\n')],
    [
      'a unit',
      file(
        '/etc/systemd/system/a.service',
        '[Service]\nExecStart=/usr/local/sbin/thunderbridge enlist thunderbridge 9000 thunderbolt1\n',
      ),
    ],
  ])('for a port whose MTU is below the bridge’s, as %s says', (_where, small) => {
    const { refusals } = plan({ ebony: { files: [stanza('10.99.0.2/24'), small] } });
    expect(refusals).toMatchObject([
      { code: 'port-mtu-below-bridge', node: 'ebony', what: expect.stringContaining(small.path) },
    ]);
  });

  it('for a port that cannot carry the MTU, and for a small one that nobody listed', () => {
    const links = [...nodeFacts().links.slice(0, 3), link('thunderbolt1', { maxMtu: 9000 })];
    expect(refused({ tapia: { facts: { links } } })).toEqual(['tapia port-mtu-below-bridge']);
    const strange = [...deployedLinks('10.99.0.3/24'), link('tap7', { master: 'thunderbridge' })];
    expect(refused({ tapia: { facts: { links: strange } } })).toEqual(['tapia port-mtu-below-bridge']);
  });

  it('for two nodes with one address: in the files, in the cluster file, or on a node now', () => {
    expect(refused({ tapia: { files: [stanza('10.99.0.1/16')] } })).toEqual(['tapia address-twice']);
    const facts = bridgeFacts({ baobab: { files: [stanza('10.99.0.3/24')] } });
    const two = { ...facts, nodes: facts.nodes.slice(0, 2) };
    expect(planBridge(request, two).refusals.map(({ code, node }) => [code, node])).toEqual([
      ['address-twice', 'baobab'],
    ]);
    const links = [...nodeFacts().links, link('eno9', { addresses: ['10.99.0.1/8'] })];
    expect(refused({ ebony: { facts: { links } } })).toEqual(['baobab address-twice']);
    const six = [stanza('2001:DB8:0::7/64'), stanza('2001:db8::7/64')] as const;
    expect(refused({ baobab: { files: [six[0]] }, tapia: { files: [six[1]] } })).toEqual([
      'tapia address-twice',
    ]);
  });

  it('for a node that another deploy has armed', () => {
    expect(refused({ ebony: { facts: { state: armed(80) } } })).toEqual(['ebony node-armed']);
  });

  it('not where nothing would change, however the operator comes; nor for addresses that two nodes swap', () => {
    const address = '10.99.0.1/24';
    const management = { interface: 'thunderbridge', address: '10.99.0.1' };
    const facts = { management, links: deployedLinks(address), files: onNode(stanza(address)) };
    expect(refused({ baobab: { facts } })).toEqual([]);
    const swapped = {
      baobab: { files: [stanza('10.99.0.2/24')], facts: { links: deployedLinks('10.99.0.1/24') } },
      ebony: { files: [stanza('10.99.0.1/24')], facts: { links: deployedLinks('10.99.0.2/24') } },
    };
    expect(refused(swapped)).toEqual([]);
  });

  it('for a node where a deploy cannot work', () => {
    expect(refused({ ebony: { facts: { isRoot: false } } })).toEqual(['ebony node-unprepared']);
    const tools = nodeFacts().tools.filter((tool) => tool !== 'ifreload');
    const { refusals } = plan({ ebony: { facts: { tools } } });
    expect(refusals).toMatchObject([
      { code: 'node-unprepared', node: 'ebony', what: expect.stringContaining('ifreload') },
    ]);
  });

  it.each(['link', 'directory', 'other', 'behind', 'large'] as const)(
    'where %s is in the way of a file',
    (kind) => {
      const files = new Map([[interfaces, { kind }]]);
      expect(refused({ ebony: { facts: { files } } })).toEqual(['ebony file-in-the-way']);
    },
  );
});

describe('the risk', () => {
  const address = '10.99.0.1/24';
  const good = { links: deployedLinks(address), files: onNode(stanza(address)) };

  it('is none where nothing changes', () => {
    expect(riskOfBaobab({ baobab: { facts: good } })).toBe('none');
  });

  it('is a reload for a bridge that is new, and for files that do not touch one that is there', () => {
    expect(riskOfBaobab()).toBe('reload');
    const rule = file('/etc/udev/rules.d/90-t.rules', 'KERNEL=="thunderbolt*"');
    expect(riskOfBaobab({ baobab: { files: [stanza(address), rule], facts: good } })).toBe('reload');
  });

  it('is a link that flaps where a bridge is loaded again or a port is in use', () => {
    const files = onNode(file(interfaces, 'other'));
    expect(riskOfBaobab({ baobab: { facts: { ...good, files } } })).toBe('link-flap');
    const links = [...deployedLinks(address).slice(0, 2), link('thunderbolt0', { master: 'thunderbridge' })];
    expect(riskOfBaobab({ baobab: { facts: { ...good, links } } })).toBe('link-flap');
    const used = [...nodeFacts().links.slice(0, 3), link('thunderbolt1', { addresses: ['10.1.0.1/24'] })];
    expect(riskOfBaobab({ baobab: { facts: { links: used } } })).toBe('link-flap');
  });

  it.each([
    ['a file that names the interface', file('/usr/local/sbin/x', '#!/bin/sh\nip link set mgmt0 down\n')],
    [
      'a file that names the address',
      file('/usr/local/sbin/x', '#!/bin/sh\nip addr del 192.0.2.1/24 dev x\n'),
    ],
    [
      'a .link for every interface',
      file('/etc/systemd/network/00-a.link', '[Match]\nOriginalName=*\n[Link]\nMTUBytes=9000\n'),
    ],
  ])('is the management for %s', (_what, bad) => {
    expect(riskOfBaobab({ baobab: { files: [stanza(address), bad], facts: good } })).toBe(
      'may-cut-management',
    );
  });

  it('is the management where a link that it needs changes, though no file does', () => {
    const links = [
      link('vmbr0', { kind: 'bridge', addresses: ['192.0.2.1/24'] }),
      ...deployedLinks(address).slice(1, 3),
      link('thunderbolt1', { mtu: 65_520, master: 'vmbr0' }),
    ];
    const facts = { ...good, links, management: { interface: 'vmbr0', address: '192.0.2.1' } };
    expect(riskOfBaobab({ baobab: { facts } })).toBe('may-cut-management');
  });

  it('is the management where a reload would change it too, or nobody knows how the node is reached', () => {
    expect(riskOfBaobab({ baobab: { facts: { pending: ['mgmt0'] } } })).toBe('may-cut-management');
    const { management: _unknown, ...facts } = nodeFacts();
    expect(riskOfBaobab({ baobab: { answer: { facts } } })).toBe('may-cut-management');
  });
});

it('what changed between two plans is said in words', () => {
  const said = (...facts: Parameters<typeof bridgeFacts>) =>
    planDifferences(plan(), plan(...facts)).join('\n');
  expect(planDifferences(plan(), plan())).toEqual([]);
  expect(said({ ebony: { facts: { files: onNode(file(interfaces, 'x')) } } })).toContain(
    `${interfaces} was changed on ebony`,
  );
  expect(said({ ebony: { files: [stanza('10.99.0.2/24', { more: '#\n' })] } })).toContain(
    `${interfaces} for ebony was edited`,
  );
  expect(said({ ebony: { facts: { links: deployedLinks('10.99.0.2/24') } } })).toContain(
    'ebony would not change exists of thunderbridge',
  );
  expect(said({ ebony: { facts: { isRoot: false } } })).toContain(
    'logs in to ebony as a user who is not root',
  );
});
