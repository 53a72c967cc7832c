import { Trans } from '@lingui/react/macro';
import { LabCommand } from '../../components/LabCommand.tsx';

/** What most labs begin with: one share on two servers. */
const example = `schema: sifaka.sync-pairs/1
logFolder: /var/log/ha-sync
pairs:
  media:
    sides: { dell: /mnt/dell/media, hp: /mnt/hp/media }
`;

export function NoPairs() {
  return (
    <section className="panel empty" aria-labelledby="sync-no-pairs">
      <h2 id="sync-no-pairs">
        <Trans>There are no pairs yet</Trans>
      </h2>
      <p>
        <Trans>
          Which folders are kept the same stands in <code>sync/pairs.yaml</code> of the lab. A side is a
          folder of this machine, as a rule the place where a share is mounted:
        </Trans>
      </p>
      <pre className="sync-example">
        <code>{example}</code>
      </pre>
      <p>
        <Trans>Then look at what Sifaka makes of it:</Trans>
      </p>
      <LabCommand command="lab check" />
    </section>
  );
}
