import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { SecretState } from '../../../shared/contract/secrets.ts';
import { LabCommand } from '../../components/LabCommand.tsx';
import { LabText } from '../../components/LabText.tsx';
import { MakeIdentityButton } from '../../components/secrets/MakeIdentityButton.tsx';
import { MakeIdentityDialog } from '../../components/secrets/MakeIdentityDialog.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { startBurn } from '../../wizards/cards/start-burn.ts';

/** On a lab where no card was ever burned: what to do first, by hand or by command, one step after the other. */
export function FirstSteps(props: {
  nodes: readonly NodeSummary[];
  secrets: { identity: 'none' | 'locked' | 'ready'; secrets: readonly SecretState[] };
}) {
  const [making, setMaking] = useState(false);
  const node = props.nodes.find((one) => one.recoverable);
  if (!node) return null;
  const { name } = node;
  const missing = props.secrets.secrets.filter(
    ({ state, neededBy }) => state === 'missing' && neededBy.length > 0,
  );
  const unsealed = missing.length;
  const steps: readonly FirstStep[] = [
    {
      title: t`Make your identity`,
      done: props.secrets.identity !== 'none',
      about: t`It opens the secrets of this lab on this machine: tokens, passwords, host keys.`,
      ways: (
        <>
          <MakeIdentityButton onClick={() => setMaking(true)} />
          <LabCommand command="secrets init" />
        </>
      ),
    },
    {
      title: t`Seal the secrets your nodes need`,
      done: missing.length === 0,
      about: plural(unsealed, {
        one: '# secret still missing. A value is read from standard input; --generate seals a random one.',
        other: '# secrets still missing. A value is read from standard input; --generate seals a random one.',
      }),
      ways: missing.map((secret) => <LabCommand key={secret.name} command={`secrets seal ${secret.name}`} />),
    },
    {
      title: t`Burn a recovery card onto a virtual drive`,
      done: false,
      about: (
        <Trans>
          It costs no card and proves the whole way: the golden image, the secrets and what makes{' '}
          <LabText text={name} /> itself.
        </Trans>
      ),
      ways: (
        <>
          <Button onClick={() => startBurn(name)}>
            <Trans>Burn a card for {name}</Trans>
          </Button>
          <LabCommand command={`card build ${name} --to ${name}.img`} />
        </>
      ),
    },
  ];
  const next = steps.findIndex((step) => !step.done);
  return (
    <section className="section" aria-labelledby="today-first">
      <h2 id="today-first">
        <Trans>First on a new lab</Trans>
      </h2>
      <ol className="panel first-steps">
        {steps.map((step, index) => (
          <li key={step.title} className="first-step">
            <StateMark state={step.done ? 'ok' : 'none'} label={step.done ? t`Done` : numbered(index + 1)} />
            <div className="first-step-words">
              <strong className={index === next ? undefined : 'quiet'}>{step.title}</strong>
              {index === next && (
                <>
                  <span className="quiet">{step.about}</span>
                  <div className="first-step-ways">{step.ways}</div>
                </>
              )}
            </div>
          </li>
        ))}
      </ol>
      <MakeIdentityDialog opened={making} onClose={() => setMaking(false)} />
    </section>
  );
}

function numbered(step: number): string {
  return t`Step ${step}`;
}

interface FirstStep {
  readonly title: string;
  readonly done: boolean;
  readonly about: ReactNode;
  readonly ways: ReactNode;
}
