import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Checkbox, NumberInput, Radio } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import type { FormEvent } from 'react';
import type { DesignSummary, DeploySummary } from '../../../shared/schemas/bridge.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { sourceWords } from '../../components/bridge/source-words.ts';
import { LabCommand } from '../../components/LabCommand.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageWords } from '../../components/PageWords.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { deployRequest, useBridgeWizard } from '../../stores/bridge-wizard.ts';
import { ModeChoice } from './ModeChoice.tsx';
import { useSources } from './use-sources.ts';
import './choose-design.css';

/** Seconds; what the request's schema allows. */
const shortestWindow = 30;
const longestWindow = 3600;

/** Step 1: which design goes to which nodes, in what order, and how long they wait for the confirmation. */
export function ChooseDesign() {
  const choices = useBridgeWizard();
  const { designs, deploys, nodesOf } = useSources();
  const nodes = nodesOf(choices.source);
  const request = deployRequest(choices, nodes);
  const goOn = (event: FormEvent) => {
    event.preventDefault();
    if (request) goTo({ page: 'deploy', step: 'review' });
  };
  const { source } = choices;
  const earlier = source?.kind === 'deploy' ? deploys.data?.find(({ id }) => id === source.id) : undefined;
  return (
    <form onSubmit={goOn}>
      <div className="step-content">
        <StepHeading about={t`Nothing is changed on any node before you have seen what would change.`}>
          <Trans>What goes to which nodes?</Trans>
        </StepHeading>
        <QueryView result={designs} waiting={t`Reading the designs.`}>
          {(data) =>
            data.length === 0 && !earlier ? (
              <NoDesigns />
            ) : (
              <fieldset className="choices">
                <legend>
                  <Trans>Design</Trans>
                </legend>
                {earlier && <EarlierDeploy deploy={earlier} />}
                {data.map((design) => (
                  <DesignChoice key={design.name} design={design} />
                ))}
              </fieldset>
            )
          }
        </QueryView>
        {nodes.length > 0 && (
          <>
            <NodeChoice nodes={nodes} />
            <ModeChoice nodes={nodes.filter((node) => !choices.leftOut.includes(node))} />
            <NumberInput
              className="window-choice"
              label={t`Seconds until a node goes back by itself`}
              description={t`It counts from the moment a node is armed, and ends when all of them are proven and confirmed. STP alone may need up to a minute.`}
              min={shortestWindow}
              max={longestWindow}
              allowDecimal={false}
              clampBehavior="blur"
              value={choices.windowSeconds}
              onChange={(value) => {
                if (typeof value === 'number' && value >= shortestWindow && value <= longestWindow) {
                  choices.chooseWindow(value);
                }
              }}
            />
          </>
        )}
      </div>
      <StepActions>
        <Button component="a" href={addressOf({ page: 'bridge' })} variant="default">
          <Trans>Back to the bridge</Trans>
        </Button>
        <Button
          type="submit"
          className="push"
          disabled={request === undefined}
          rightSection={<IconArrowRight size={16} aria-hidden="true" />}
        >
          {request === undefined ? t`Choose a design and a node first` : t`Review what would change`}
        </Button>
      </StepActions>
    </form>
  );
}

function NoDesigns() {
  return (
    <div className="panel empty">
      <p>
        <Trans>There is no design yet. The first one is made from the cluster file:</Trans>
      </p>
      <LabCommand command="bridge new-attempt" />
    </div>
  );
}

function DesignChoice({ design }: { design: DesignSummary }) {
  const { source, chooseSource } = useBridgeWizard();
  const selected = source?.kind === 'design' && source.name === design.name;
  const { problem } = design;
  return (
    <div className="choice" data-selected={selected || undefined}>
      <Radio
        name="source"
        size="sm"
        value={design.name}
        checked={selected}
        disabled={problem !== undefined}
        onChange={() => chooseSource({ kind: 'design', name: design.name })}
        label={
          <span className="choice-label">
            <LabText text={design.name} />
            <span className="quiet">{filesWords(design.files)}</span>
          </span>
        }
        description={
          problem === undefined ? (
            <LabText text={design.nodes.join(', ')} />
          ) : (
            <ServiceText text={`${problem.what} ${problem.next}`} />
          )
        }
      />
    </div>
  );
}

function filesWords(files: number): string {
  return plural(files, { one: '# file', other: '# files' });
}

/** It was chosen on the bridge's page, and stays until a design is. */
function EarlierDeploy({ deploy }: { deploy: DeploySummary }) {
  const { source } = useBridgeWizard();
  if (source === undefined) return null;
  return (
    <div className="choice" data-selected="true">
      <Radio
        name="source"
        size="sm"
        value={deploy.id}
        checked
        readOnly
        label={<PageWords text={sourceWords(source)} />}
        description={
          <Trans>
            Started <Age time={deploy.startedAt} />
          </Trans>
        }
      />
    </div>
  );
}

function NodeChoice({ nodes }: { nodes: readonly string[] }) {
  const { leftOut, setIncluded } = useBridgeWizard();
  return (
    <fieldset className="choices">
      <legend>
        <Trans>Nodes</Trans>
      </legend>
      <div className="node-choices">
        {nodes.map((node) => (
          <Checkbox
            key={node}
            size="sm"
            checked={!leftOut.includes(node)}
            onChange={(event) => setIncluded(node, event.currentTarget.checked)}
            label={<LabText text={node} />}
          />
        ))}
      </div>
    </fieldset>
  );
}
