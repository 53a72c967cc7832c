import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { QueryView } from '../../components/QueryView.tsx';
import { useApi } from '../../connection/client.ts';
import { recordLines } from './proof-lines.ts';
import { ProofList } from './ProofList.tsx';

/** More than one run has. */
const newestRecords = 1000;

/** A run that did not end well has no report; what it made, and what not, stands in the records. */
export function MadeBefore({ from, to, guests }: { from: string; to: string; guests: readonly string[] }) {
  const { query } = useApi();
  const records = useQuery(query.backups.records.queryOptions({ input: { limit: newestRecords } }));
  return (
    <QueryView result={records} waiting={t`Reading what is known of the backups.`}>
      {(data) => {
        const [begin, end] = [Date.parse(from), Date.parse(to)];
        const ofThisRun = data.filter(
          ({ guest, by, endedAt }) =>
            by === 'operator' &&
            guests.includes(`${guest.node}/${guest.vmid}`) &&
            Date.parse(endedAt) >= begin &&
            Date.parse(endedAt) <= end,
        );
        if (ofThisRun.length === 0) return null;
        return (
          <section className="section" aria-labelledby="made-before">
            <h3 id="made-before">
              <Trans>What became of each guest</Trans>
            </h3>
            <ProofList lines={ofThisRun.flatMap(recordLines)} />
          </section>
        );
      }}
    </QueryView>
  );
}
