import { Trans } from '@lingui/react/macro';
import { Radio } from '@mantine/core';
import type { DeployMode } from '../../../shared/schemas/bridge.ts';
import { LabText } from '../../components/LabText.tsx';
import { useBridgeWizard } from '../../stores/bridge-wizard.ts';
import { modeWords } from './mode-words.ts';

const modes: readonly DeployMode[] = ['all', 'rolling', 'canary'];

/** In which order the nodes are changed; whatever it is, nothing is confirmed before all of them are proven. */
export function ModeChoice({ nodes }: { nodes: readonly string[] }) {
  const { mode, chooseMode } = useBridgeWizard();
  return (
    <fieldset className="choices">
      <legend>
        <Trans>Order</Trans>
      </legend>
      {modes.map((one) => (
        <div key={one} className="choice" data-selected={one === mode || undefined}>
          <Radio
            name="mode"
            size="sm"
            value={one}
            checked={one === mode}
            onChange={() => chooseMode(one)}
            label={modeWords(one).name}
            description={modeWords(one).about}
          />
          {one === 'canary' && mode === 'canary' && <FirstChoice nodes={nodes} />}
        </div>
      ))}
    </fieldset>
  );
}

function FirstChoice({ nodes }: { nodes: readonly string[] }) {
  const { first, chooseFirst } = useBridgeWizard();
  const chosen = first !== undefined && nodes.includes(first) ? first : nodes[0];
  return (
    <fieldset className="choices first-choice">
      <legend>
        <Trans>Goes first</Trans>
      </legend>
      {nodes.map((node) => (
        <Radio
          key={node}
          name="first"
          size="sm"
          value={node}
          checked={node === chosen}
          onChange={() => chooseFirst(node)}
          label={<LabText text={node} />}
        />
      ))}
    </fieldset>
  );
}
