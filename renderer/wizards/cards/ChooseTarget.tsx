import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Radio, TextInput } from '@mantine/core';
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Target } from '../../../shared/schemas/card.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { useRealDrives } from '../../components/drives/use-real-drives.ts';
import { LabText } from '../../components/LabText.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { useApi } from '../../connection/client.ts';
import { type ChosenTarget, useCardWizard } from '../../stores/card-wizard.ts';
import { formatBytes } from '../../text/format.ts';
import { Contents } from './Contents.tsx';
import { NewVirtualDrive } from './NewVirtualDrive.tsx';
import { RealDrives } from './RealDrives.tsx';
import { isTarget, requestFor } from './target-request.ts';
import { TargetName } from './TargetName.tsx';
import './choose-target.css';

/** Step 2: where the card is written. What is there already is named before it can be chosen. */
export function ChooseTarget() {
  const { query } = useApi();
  const realDrives = useRealDrives();
  const targets = useQuery(query.drives.list.queryOptions({ refetchInterval: 5_000 }));
  const { node, target: chosen, chooseTarget } = useCardWizard();
  const newPath = chosen?.request.kind === 'new-file' ? chosen.request.path : undefined;
  const lab = useQuery(query.lab.state.queryOptions());
  const [typed, setTyped] = useState(newPath);
  const path = typed ?? besideLab(lab.data?.path, `${node ?? 'card'}.img`);
  const chosenPath = chosen?.request.kind === 'new-file' ? path.trim() : chosen?.label;
  const ready = chosen !== undefined && chosenPath !== '';

  const goOn = (event: FormEvent) => {
    event.preventDefault();
    if (ready) goTo({ page: 'burn', step: 'review' });
  };
  const choosePath = (next: string) => {
    setTyped(next);
    chooseTarget(fileTarget(next.trim()));
  };

  return (
    <form onSubmit={goOn}>
      <div className="step-content">
        <StepHeading
          about={t`Nothing is chosen for you, and nothing is written before you have reviewed it.`}
        >
          <Trans>Where is it written?</Trans>
        </StepHeading>
        <QueryView result={realDrives} waiting={t`Looking for drives.`}>
          {(data) => <RealDrives drives={data} />}
        </QueryView>
        <QueryView result={targets} waiting={t`Looking for targets.`}>
          {(data) => (
            <fieldset className="choices">
              <legend>{t`Virtual drives`}</legend>
              <p className="quiet">
                <Trans>
                  Files that stand for SD cards: same size, same way of writing and proving, no card at risk.
                </Trans>
              </p>
              {data.length === 0 && (
                <p className="quiet choice-none">{t`There is none yet. Create one below.`}</p>
              )}
              {data.map((target) => (
                <TargetChoice
                  key={target.path}
                  target={target}
                  checked={isTarget(chosen?.request, target)}
                  onChoose={() => chooseTarget(chosenFrom(target))}
                />
              ))}
            </fieldset>
          )}
        </QueryView>
        <NewVirtualDrive
          suggestion={suggestName(targets.data ?? [])}
          onCreated={(target) => {
            void targets.refetch();
            chooseTarget(chosenFrom(target));
          }}
        />
        <fieldset className="choices">
          <legend>{t`Image file`}</legend>
          <div className="choice" data-selected={newPath !== undefined || undefined}>
            <Radio
              name="target"
              checked={newPath !== undefined}
              onChange={() => chooseTarget(fileTarget(path.trim()))}
              label={t`A new image file`}
              description={t`It must not exist yet, and it gets its name only when it is proven.`}
            />
            {newPath !== undefined && (
              <TextInput
                label={t`Path of the new file`}
                description={t`An absolute path on this machine, outside the lab`}
                value={path}
                onChange={(event) => choosePath(event.currentTarget.value)}
                className="choice-path"
                error={path.trim() === '' ? t`Name a file.` : undefined}
              />
            )}
          </div>
        </fieldset>
      </div>
      <StepActions>
        <Button
          component="a"
          href={addressOf({ page: 'burn', step: 'node' })}
          variant="default"
          leftSection={<IconArrowLeft size={16} aria-hidden="true" />}
        >
          <Trans>Node</Trans>
        </Button>
        <Button
          type="submit"
          className="push"
          disabled={!ready}
          rightSection={<IconArrowRight size={16} aria-hidden="true" />}
        >
          {ready ? t`Review what would happen` : t`Choose a target first`}
        </Button>
      </StepActions>
    </form>
  );
}

function TargetChoice(props: { target: Target; checked: boolean; onChoose: () => void }) {
  const { target } = props;
  return (
    <div className="choice" data-selected={props.checked || undefined}>
      <Radio
        name="target"
        checked={props.checked}
        onChange={props.onChoose}
        label={
          <span className="choice-label">
            <TargetName kind={target.kind} label={target.label} />
            <span className="quiet">{formatBytes(target.size)}</span>
          </span>
        }
        description={
          <>
            <Trans>
              On it now: <Contents text={target.contents} />
            </Trans>
            <br />
            <span className="mono">
              <LabText text={target.path} />
            </span>
          </>
        }
      />
    </div>
  );
}

function chosenFrom(target: Target): ChosenTarget {
  return { request: requestFor(target), label: target.label, size: target.size, contents: target.contents };
}

function fileTarget(path: string): ChosenTarget {
  return { request: { kind: 'new-file', path }, label: path };
}

/** The first of sd-1, sd-2 … that is free. */
function suggestName(targets: readonly Target[]): string {
  const taken = new Set(targets.map((target) => JSON.stringify(requestFor(target))));
  let number = 1;
  while (taken.has(JSON.stringify({ kind: 'virtual-drive', name: `sd-${number}` }))) number += 1;
  return `sd-${number}`;
}

/** A file in the folder that holds the lab; with a backslash where the lab's own path has them. */
function besideLab(lab: string | undefined, name: string): string {
  const end = lab === undefined ? -1 : Math.max(lab.lastIndexOf('/'), lab.lastIndexOf('\\'));
  return lab === undefined || end < 0 ? '' : `${lab.slice(0, end + 1)}${name}`;
}
