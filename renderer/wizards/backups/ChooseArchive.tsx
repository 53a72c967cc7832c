import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, TextInput } from '@mantine/core';
import { IconArrowRight, IconSearch } from '@tabler/icons-react';
import { type FormEvent, useDeferredValue, useMemo } from 'react';
import type { ListedArchive } from '../../../shared/schemas/backup-overview.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { useArchives } from '../../components/backups/use-overview.ts';
import { DataTable } from '../../components/DataTable.tsx';
import { LabCommand } from '../../components/LabCommand.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { StepActions, StepHeading } from '../../components/wizard/Wizard.tsx';
import { type KnownTargets, restoreRequest, useRestoreWizard } from '../../stores/backup-restore-wizard.ts';
import { formatCount } from '../../text/format.ts';
import { archiveChoices, mostChoices } from './archive-choices.ts';
import { archiveColumns } from './archive-columns.tsx';
import { TargetChoice } from './TargetChoice.tsx';
import './backup-wizards.css';

/** Step 1: which archive, and what becomes of it where. */
export function ChooseArchive({ known }: { known: KnownTargets }) {
  const choices = useRestoreWizard();
  const archives = useArchives();
  const request = restoreRequest(choices, known);
  const goOn = (event: FormEvent) => {
    event.preventDefault();
    if (request) goTo({ page: 'backup-restore', step: 'review' });
  };
  return (
    <form onSubmit={goOn}>
      <div className="step-content">
        <StepHeading about={t`Nothing is restored before you have seen what would be overwritten.`}>
          <Trans>Which archive, and where to?</Trans>
        </StepHeading>
        <QueryView result={archives} waiting={t`Reading the archives.`}>
          {(data) => (data.length === 0 ? <NoArchives /> : <Choice archives={data} />)}
        </QueryView>
        {choices.archive && <TargetChoice archive={choices.archive} known={known} />}
      </div>
      <StepActions>
        <Button component="a" href={addressOf({ page: 'backups' })} variant="default">
          <Trans>Back to the backups</Trans>
        </Button>
        <Button
          type="submit"
          className="push"
          disabled={request === undefined}
          rightSection={<IconArrowRight size={16} aria-hidden="true" />}
        >
          {choices.archive === undefined
            ? t`Choose an archive first`
            : request === undefined
              ? t`Choose a node and a number first`
              : t`Review what would be overwritten`}
        </Button>
      </StepActions>
    </form>
  );
}

function NoArchives() {
  return (
    <div className="panel empty">
      <p>
        <Trans>No archive is known yet. To ask the nodes for theirs:</Trans>
      </p>
      <LabCommand command="backups discover" />
    </div>
  );
}

function Choice({ archives }: { archives: readonly ListedArchive[] }) {
  const { archive, wanted, want, chooseArchive } = useRestoreWizard();
  const text = useDeferredValue(wanted);
  const found = useMemo(() => archiveChoices(archives, text), [archives, text]);
  const columns = useMemo(() => archiveColumns(archive?.id, chooseArchive), [archive, chooseArchive]);
  const shown = found.slice(0, mostChoices);
  return (
    <section className="section" aria-label={t`Archives`}>
      <div className="guest-choice-head">
        <output className="quiet">{countWords(shown.length, found.length)}</output>
        <TextInput
          type="search"
          size="xs"
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          aria-label={t`Find an archive`}
          placeholder={t`Guest, place, file or note`}
          value={wanted}
          onChange={(event) => want(event.currentTarget.value)}
        />
      </div>
      <div className="archive-choices">
        <DataTable
          label={t`Archives`}
          rows={shown}
          rowKey={({ id }) => id}
          columns={columns}
          isSelected={({ id }) => id === archive?.id}
          onRowClick={chooseArchive}
          empty={t`No archive has this.`}
        />
      </div>
    </section>
  );
}

function countWords(shown: number, found: number): string {
  if (shown === found)
    return plural(found, {
      one: '# archive, those that were proven first',
      other: '# archives, those that were proven first',
    });
  const all = formatCount(found);
  return t`${shown} of ${all} archives, those that were proven first. Search to see the others.`;
}
