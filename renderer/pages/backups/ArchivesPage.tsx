import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, TextInput } from '@mantine/core';
import { IconArrowBackUp, IconScissors, IconSearch } from '@tabler/icons-react';
import { useDeferredValue, useMemo } from 'react';
import type { ListedArchive } from '../../../shared/schemas/backup-overview.ts';
import { addressOf } from '../../app/route.ts';
import { useArchives } from '../../components/backups/use-overview.ts';
import { LabCommand } from '../../components/LabCommand.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useSession } from '../../connection/use-session.ts';
import { useArchiveList } from '../../stores/archive-list.ts';
import { formatBytes, formatCount } from '../../text/format.ts';
import { startRestore } from '../../wizards/backups/start-wizard.ts';
import { ArchiveList } from './ArchiveList.tsx';
import { shownArchives } from './archive-order.ts';
import { DiscoverButton } from './DiscoverButton.tsx';
import './backups.css';

/** Every archive at every place, as the last discovery saw them. */
export function ArchivesPage() {
  const { isOperator } = useSession();
  const archives = useArchives();
  return (
    <div className="page backups-page archives-page">
      <PageHead
        title={t`Archives`}
        about={
          <>
            <Trans>Every archive at every place, as the last discovery saw them.</Trans>{' '}
            <a href={addressOf({ page: 'backups' })}>
              <Trans>See every guest</Trans>
            </a>
          </>
        }
      >
        <Button
          variant="default"
          disabled={!isOperator}
          leftSection={<IconArrowBackUp size={16} aria-hidden="true" />}
          onClick={() => startRestore({ wanted: useArchiveList.getState().wanted })}
        >
          <Trans>Get a guest back</Trans>
        </Button>
        <Button
          component="a"
          href={addressOf({ page: 'backup-prune' })}
          variant="default"
          leftSection={<IconScissors size={16} aria-hidden="true" />}
        >
          <Trans>Remove old archives</Trans>
        </Button>
        <DiscoverButton disabled={!isOperator} />
      </PageHead>
      <QueryView result={archives} waiting={t`Reading the archives.`}>
        {(data) => (data.length === 0 ? <NoArchives /> : <AllArchives archives={data} />)}
      </QueryView>
    </div>
  );
}

function AllArchives({ archives }: { archives: readonly ListedArchive[] }) {
  const { wanted, order, isDescending, want, orderBy } = useArchiveList();
  const text = useDeferredValue(wanted);
  const shown = useMemo(
    () => shownArchives(archives, { wanted: text, order, isDescending }),
    [archives, text, order, isDescending],
  );
  return (
    <>
      <div className="backups-head">
        <output className="quiet">{countWords(shown)}</output>
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
      <ArchiveList label={t`Archives`} archives={shown} order={{ by: order, isDescending, orderBy }} />
    </>
  );
}

function countWords(archives: readonly ListedArchive[]): string {
  const size = formatBytes(archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  const count = formatCount(archives.length);
  return plural(archives.length, { one: `${count} archive, ${size}`, other: `${count} archives, ${size}` });
}

function NoArchives() {
  return (
    <div className="panel empty">
      <h2>
        <Trans>No archive is known</Trans>
      </h2>
      <p>
        <Trans>Either nobody has asked the nodes yet, or there is none. To ask them:</Trans>
      </p>
      <LabCommand command="backups discover" />
    </div>
  );
}
