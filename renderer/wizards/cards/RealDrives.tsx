import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Radio } from '@mantine/core';
import { IconDeviceSdCard } from '@tabler/icons-react';
import { useState } from 'react';
import type { FreeSpace } from '../../../shared/schemas/card.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { DriveFacts, DriveName } from '../../components/drives/DriveFacts.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { type RemovedDrive, useCardWizard } from '../../stores/card-wizard.ts';
import { Contents } from './Contents.tsx';
import { FreeSpaceChoice } from './FreeSpaceChoice.tsx';
import { chosenDrive, driveTarget, justInserted } from './real-drives.ts';
import './real-drives.css';

/** The drives of this machine: those that can be chosen, and below them those that cannot, with the reasons. */
export function RealDrives({ drives }: { drives: readonly Drive[] }) {
  const { target, removed, chooseTarget } = useCardWizard();
  const [atOpening] = useState(() => new Set(drives.map((drive) => drive.identity)));
  const chosen = chosenDrive(target, drives);
  const inserted = justInserted(drives, atOpening);
  const offered = drives.filter((drive) => drive.offered);
  const refused = drives.filter((drive) => !drive.offered);
  const freeSpace = target?.request.kind === 'drive' ? target.request.freeSpace : undefined;
  return (
    <>
      <fieldset className="choices">
        <legend>{t`Drives of this machine`}</legend>
        <output className="sr-only">{inserted && insertedWords(inserted)}</output>
        <output>
          {removed !== undefined && (
            <span className="drive-removed panel">
              <strong>
                <WhatBecame of={removed} />
              </strong>{' '}
              {t`Nothing is chosen now.`}
            </span>
          )}
        </output>
        {offered.length === 0 && (
          <div className="drive-none panel">
            <IconDeviceSdCard size={28} stroke={1.5} aria-hidden="true" />
            <div>
              <p>
                <Trans>
                  <strong>Insert the card</strong>, or plug in its reader.
                </Trans>
              </p>
              <p className="quiet">{t`It appears here by itself as soon as this machine sees it.`}</p>
            </div>
          </div>
        )}
        {offered.map((drive) => (
          <DriveChoice
            key={drive.identity}
            drive={drive}
            checked={drive === chosen}
            inserted={drive === inserted}
            freeSpace={freeSpace ?? 'keep'}
            onChoose={(choice) => chooseTarget(driveTarget(drive, choice))}
          />
        ))}
      </fieldset>
      {refused.length > 0 && (
        <section className="drives-refused" aria-labelledby="drives-refused">
          <h3 id="drives-refused">{t`Not offered`}</h3>
          <ul>
            {refused.map((drive) => (
              <RefusedDrive key={drive.path} drive={drive} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function insertedWords({ label }: Drive): string {
  const drive = terminalText(label);
  return t`${drive} was inserted.`;
}

function WhatBecame({ of: { label, loss } }: { of: RemovedDrive }) {
  const drive = <LabText text={label} />;
  if (loss.how === 'refused') {
    return (
      <Trans>
        {drive} is no longer offered: <ServiceText text={loss.reasons.join(' ')} />
      </Trans>
    );
  }
  // A reader stays when its card goes.
  return loss.how === 'replaced' ? (
    <Trans>{drive} was taken out; another drive is in its place.</Trans>
  ) : (
    <Trans>{drive} was taken out.</Trans>
  );
}

function DriveChoice(props: {
  drive: Drive;
  checked: boolean;
  inserted: boolean;
  freeSpace: FreeSpace;
  onChoose: (freeSpace: FreeSpace | undefined) => void;
}) {
  const { drive, checked } = props;
  return (
    <div className="choice" data-selected={checked || undefined} data-inserted={props.inserted || undefined}>
      <Radio
        name="target"
        checked={checked}
        onChange={() => props.onChoose(undefined)}
        label={
          <span className="drive-label">
            <DriveName drive={drive} />
            {props.inserted && <span className="drive-inserted">{t`just inserted`}</span>}
          </span>
        }
        description={
          <>
            <Trans>
              On it now: <Contents text={drive.contents} />
            </Trans>
            <br />
            <DriveFacts drive={drive} />
          </>
        }
      />
      {checked && (
        <FreeSpaceChoice
          size={drive.size}
          canDiscard={drive.canDiscard}
          chosen={props.freeSpace}
          onChoose={props.onChoose}
        />
      )}
    </div>
  );
}

/** To be read, not to be chosen: it has nothing that takes the focus. */
function RefusedDrive({ drive }: { drive: Drive }) {
  const path = terminalText(drive.path);
  return (
    <li>
      <p className="drive-label">
        <DriveName drive={drive} />
      </p>
      <ul className="drive-reasons" aria-label={t`Why ${path} is not offered`}>
        {drive.reasons.map((reason) => (
          <li key={reason}>
            <ServiceText text={reason} />
          </li>
        ))}
      </ul>
      <p className="quiet small">
        <DriveFacts drive={drive} />
        <br />
        <Trans>
          On it now: <Contents text={drive.contents} />
        </Trans>
      </p>
    </li>
  );
}
