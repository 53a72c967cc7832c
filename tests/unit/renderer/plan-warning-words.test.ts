import { describe, expect, it } from 'vitest';
import { planWarningWords } from '../../../renderer/wizards/cards/plan-warning-words.ts';
import { planWarningText } from '../../../shared/plan-warnings.ts';
import type { PlanWarning } from '../../../shared/schemas/card.ts';

const warnings: { readonly [Code in PlanWarning['code']]: Extract<PlanWarning, { code: Code }> } = {
  'node-password-remembered': {
    code: 'node-password-remembered',
    node: 'titan-13',
    rememberedIn: 'titan-13.node-password.k3s',
  },
  'host-keys-shared': {
    code: 'host-keys-shared',
    files: ['/etc/ssh/ssh_host_rsa_key', '/etc/ssh/ssh_host_ed25519_key'],
  },
  'host-keys-new': { code: 'host-keys-new', node: 'titan-13' },
  'machine-id-shared': { code: 'machine-id-shared' },
  'no-users': { code: 'no-users' },
  'free-space-kept': { code: 'free-space-kept' },
};

describe('a warning of a plan', () => {
  it.each(Object.values(warnings))('says on the page what it says in the terminal: $code', (warning) => {
    expect(planWarningWords(warning)).toBe(planWarningText(warning));
  });

  it('shows what a golden image has smuggled into a name', () => {
    expect(planWarningWords({ code: 'host-keys-shared', files: ['/etc/ssh/\u202eyek'] })).toContain(
      '/etc/ssh/\\u{202e}yek',
    );
  });
});
