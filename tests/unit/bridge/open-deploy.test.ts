import { describe, expect, it } from 'vitest';
import { openDeploy } from '../../../shared/open-deploy.ts';
import type { DeploySummary } from '../../../shared/schemas/bridge.ts';

type NodeState = DeploySummary['nodes'][number]['state'];

const deploy = (id: string, state: DeploySummary['state'], nodes: Record<string, NodeState>) => ({
  id,
  state,
  nodes: Object.entries(nodes).map(([node, of]) => ({ node, state: of })),
});
const old = deploy('old', 'confirmed', { baobab: 'new', ebony: 'new' });
const split = deploy('split', 'split', { baobab: 'new', ebony: 'old' });

describe('the deploy that is open', () => {
  it.each([
    ['was split', split],
    ['was cut off', deploy('cut', 'started', { baobab: 'started', ebony: 'started' })],
    [
      'was taken back where that could be seen',
      deploy('lost', 'rolled-back', { baobab: 'old', ebony: 'unknown' }),
    ],
  ])('is one that %s', (_how, one) => {
    expect(openDeploy([one, old])).toBe(one);
  });

  it('is none that ended the same on every node', () => {
    const back = deploy('back', 'rolled-back', { baobab: 'old', ebony: 'old' });
    expect(openDeploy([back, old])).toBeUndefined();
    expect(openDeploy([])).toBeUndefined();
  });

  it('stays open behind a later one, until each of its nodes was in one that was confirmed', () => {
    const back = deploy('back', 'rolled-back', { baobab: 'old', ebony: 'old' });
    const one = deploy('one', 'confirmed', { baobab: 'new' });
    const other = deploy('other', 'confirmed', { ebony: 'new' });
    expect(openDeploy([back, split])).toBe(split);
    expect(openDeploy([one, split])).toBe(split);
    expect(openDeploy([other, one, split])).toBeUndefined();
  });
});
