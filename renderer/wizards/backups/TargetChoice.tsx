import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Checkbox, NativeSelect, NumberInput, Radio } from '@mantine/core';
import type { ReactNode } from 'react';
import { LabText } from '../../components/LabText.tsx';
import { useOverview } from '../../components/backups/use-overview.ts';
import { LabOptions } from './LabOptions.tsx';
import {
  type ChosenArchive,
  type IdChoice,
  type KnownTargets,
  targetOf,
  useRestoreWizard,
} from '../../stores/backup-restore-wizard.ts';

/** Proxmox's guest ids (PVE::JSONSchema, pve-vmid). */
const lowestId = 100;
const highestId = 999_999_999;

/** Where the guest of the archive comes to be: on which node, under which number, and what it is then. */
export function TargetChoice({ archive, known }: { archive: ChosenArchive; known: KnownTargets }) {
  const choices = useRestoreWizard();
  const { node, freeId, originalId, unique } = targetOf(choices, known);
  const storages = useStorages(node);
  return (
    <>
      <fieldset className="choices">
        <legend>
          <Trans>Under which number</Trans>
        </legend>
        <IdRadio
          value="free"
          label={<Trans>A new guest: {freeId}, the next number that is free</Trans>}
          about={t`What is there stays as it is. Look at what you got back, then decide.`}
        />
        {originalId !== undefined && (
          <IdRadio
            value="original"
            label={
              <Trans>
                The guest itself: {originalId} <LabText text={archive.guestName ?? ''} />
              </Trans>
            }
            about={t`If it is there, it is erased first: its disks are gone for good, and the archive comes in their place.`}
          />
        )}
        <IdRadio
          value="other"
          label={<Trans>A new guest under another number</Trans>}
          about={t`A guest that has it is not overwritten.`}
        >
          <NumberInput
            className="other-id"
            size="xs"
            aria-label={t`The number of the new guest`}
            min={lowestId}
            max={highestId}
            allowDecimal={false}
            thousandSeparator=""
            value={choices.otherId ?? ''}
            onChange={(value) => choices.nameId(idOf(value))}
          />
        </IdRadio>
      </fieldset>
      <div className="target-fields">
        <NativeSelect
          // Its arrow says what the role says already.
          rightSectionProps={{ 'aria-hidden': true }}
          label={t`Node`}
          value={node ?? ''}
          onChange={(event) => choices.chooseNode(event.currentTarget.value)}
        >
          <LabOptions values={known.nodes} />
        </NativeSelect>
        <NativeSelect
          // Its arrow says what the role says already.
          rightSectionProps={{ 'aria-hidden': true }}
          label={t`Storage of its disks`}
          value={choices.storage ?? ''}
          onChange={(event) => choices.chooseStorage(event.currentTarget.value || undefined)}
        >
          <option value="">{t`As the archive says`}</option>
          <LabOptions values={storages} />
        </NativeSelect>
      </div>
      <div className="target-checks">
        <Checkbox
          checked={unique}
          onChange={(event) => choices.setUnique(event.currentTarget.checked)}
          label={t`New MAC addresses`}
          description={t`So that two of it can be in one network. Whatever knows it by its address does not know it then.`}
        />
        <Checkbox
          checked={choices.start}
          onChange={(event) => choices.setStart(event.currentTarget.checked)}
          label={t`Start it when it is back`}
          description={t`It has the addresses and the services of the guest that was backed up.`}
        />
      </div>
    </>
  );
}

function IdRadio(props: { value: IdChoice; label: ReactNode; about: string; children?: ReactNode }) {
  const { idChoice, chooseId } = useRestoreWizard();
  const isChosen = idChoice === props.value;
  return (
    <div className="choice" data-selected={isChosen || undefined}>
      <Radio
        name="id"
        size="sm"
        value={props.value}
        checked={isChosen}
        onChange={() => chooseId(props.value)}
        label={props.label}
        description={props.about}
      />
      {isChosen && props.children}
    </div>
  );
}

function idOf(value: string | number): number | undefined {
  return typeof value === 'number' && value >= lowestId && value <= highestId ? value : undefined;
}

/** Those of the node that are in use; whether one takes disks, the plan says. */
function useStorages(node: string | undefined): string[] {
  const { data } = useOverview();
  const found = data?.nodes.find((one) => one.node === node);
  return (found?.storages ?? []).filter(({ active }) => active).map(({ storage }) => storage);
}
