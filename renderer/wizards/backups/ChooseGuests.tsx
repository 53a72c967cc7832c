import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, TextInput } from '@mantine/core';
import { IconArrowRight, IconSearch } from '@tabler/icons-react';
import { type FormEvent, useDeferredValue, useMemo } from 'react';
import type { BackupOverview, Coverage } from '../../../shared/schemas/backup-overview.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { guestAddress } from '../../components/backups/guest-address.ts';
import { useOverview } from '../../components/backups/use-overview.ts';
import { DataTable } from '../../components/DataTable.tsx';
import { LabCommand } from '../../components/LabCommand.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { useBackupRunWizard } from '../../stores/backup-run-wizard.ts';
import { OtherWay } from './OtherWay.tsx';
import { choiceColumns } from './choice-columns.tsx';
import './backup-wizards.css';

/** Step 1: which guests are backed up, and what of it is not as the policy says. */
export function ChooseGuests() {
  const overview = useOverview();
  const { guests } = useBackupRunWizard();
  const goOn = (event: FormEvent) => {
    event.preventDefault();
    if (guests.length > 0) goTo({ page: 'backup-run', step: 'review' });
  };
  return (
    <form onSubmit={goOn}>
      <div className="step-content">
        <StepHeading about={t`Nothing is started before you have seen what would be done.`}>
          <Trans>Which guests are backed up?</Trans>
        </StepHeading>
        <QueryView result={overview} waiting={t`Reading what is known of the backups.`}>
          {(data) => (data.rows.length === 0 ? <NoGuests /> : <Choice overview={data} />)}
        </QueryView>
      </div>
      <StepActions>
        <Button component="a" href={addressOf({ page: 'backups' })} variant="default">
          <Trans>Back to the backups</Trans>
        </Button>
        <Button
          type="submit"
          className="push"
          disabled={guests.length === 0}
          rightSection={<IconArrowRight size={16} aria-hidden="true" />}
        >
          {goOnLabel(guests.length)}
        </Button>
      </StepActions>
    </form>
  );
}

function goOnLabel(count: number): string {
  if (count === 0) return t`Choose a guest first`;
  return plural(count, {
    one: 'Review the backup of # guest',
    other: 'Review the backups of # guests',
  });
}

function NoGuests() {
  return (
    <div className="panel empty">
      <p>
        <Trans>No guest is known yet. To ask the nodes for theirs:</Trans>
      </p>
      <LabCommand command="backups discover" />
    </div>
  );
}

function Choice({ overview }: { overview: BackupOverview }) {
  const { rows } = overview;
  const { guests, wanted, want, setChosen } = useBackupRunWizard();
  const filter = useDeferredValue(wanted);
  const columns = useMemo(() => choiceColumns({ chosen: new Set(guests), setChosen }), [guests, setChosen]);
  return (
    <>
      <div className="guest-choice-head">
        <QuickChoices rows={rows} />
        <TextInput
          type="search"
          size="xs"
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          aria-label={t`Find a guest`}
          placeholder={t`Name, node, number or reason`}
          value={wanted}
          onChange={(event) => want(event.currentTarget.value)}
        />
      </div>
      <DataTable
        label={t`Guests`}
        rows={rows}
        rowKey={({ guest }) => `${guest.pveCluster}/${guest.type}/${guest.vmid}`}
        columns={columns}
        filter={filter}
        isSelected={(row) => guests.includes(guestAddress(row))}
        empty={t`No guest has this.`}
      />
      <OtherWay overview={overview} />
    </>
  );
}

/** Those that most runs are about, at once. */
function QuickChoices({ rows }: { rows: readonly Coverage[] }) {
  const { guests, chooseAll, chooseNone } = useBackupRunWizard();
  const due = rows.filter(({ isDue }) => isDue).map(guestAddress);
  const bad = rows.filter(({ state }) => state === 'bad').map(guestAddress);
  return (
    <div className="actions">
      <Button size="xs" variant="default" disabled={due.length === 0} onClick={() => chooseAll(due)}>
        {plural(due.length, { one: 'Choose the # that is due', other: 'Choose the # that are due' })}
      </Button>
      <Button size="xs" variant="default" disabled={bad.length === 0} onClick={() => chooseAll(bad)}>
        {plural(bad.length, { one: 'Choose the # that is bad', other: 'Choose the # that are bad' })}
      </Button>
      <Button size="xs" variant="default" disabled={guests.length === 0} onClick={chooseNone}>
        <Trans>Choose none</Trans>
      </Button>
    </div>
  );
}
