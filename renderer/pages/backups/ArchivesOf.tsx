import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useArchives } from '../../components/backups/use-overview.ts';
import { QueryView } from '../../components/QueryView.tsx';
import { ArchiveList } from './ArchiveList.tsx';

/** Every archive of one guest. */
export function ArchivesOf({ address }: { address: string }) {
  const archives = useArchives();
  return (
    <section className="section" aria-labelledby="guest-archives">
      <h2 id="guest-archives">
        <Trans>Archives</Trans>
      </h2>
      <QueryView result={archives} waiting={t`Reading the archives.`}>
        {(data) => (
          <ArchiveList label={t`Archives`} archives={data.filter(({ guest }) => guest === address)} />
        )}
      </QueryView>
    </section>
  );
}
