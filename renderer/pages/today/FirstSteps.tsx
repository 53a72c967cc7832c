import { Button } from '@mantine/core';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import { CommandLine } from '../../components/CommandLine.tsx';
import { LabText } from '../../components/LabText.tsx';
import { startBurn } from '../../wizards/cards/start-burn.ts';

/** On a lab where no card was ever burned: what to do first, by hand or by command. */
export function FirstSteps({ nodes }: { nodes: readonly NodeSummary[] }) {
  const first = nodes.find((node) => node.recoverable);
  if (!first) return null;
  return (
    <section className="section" aria-labelledby="today-first">
      <h2 id="today-first">First on a new lab</h2>
      <div className="panel first-step">
        <div className="finding-words">
          <strong>Burn a recovery card onto a virtual drive</strong>
          <span className="quiet">
            It costs no card and proves the whole way: the golden image, the secrets and what makes{' '}
            <LabText text={first.name} /> itself.
          </span>
        </div>
        <div className="first-step-ways">
          <Button onClick={() => startBurn(first.name)}>Burn a card for {first.name}</Button>
          <CommandLine command={`npx sifaka card build ${first.name} --to ${first.name}.img`} />
        </div>
      </div>
    </section>
  );
}
