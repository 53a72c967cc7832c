import { Trans } from '@lingui/react/macro';
import { LabCommand } from '../../components/LabCommand.tsx';
import { DiscoverButton } from './DiscoverButton.tsx';

/** What most labs begin with: every guest, every night, a week of them. */
const example = `schema: sifaka.backup-policy/1
timezone: Europe/Berlin
rules:
  - name: nightly
    guests: [all]
    storage: nas
    schedule: { at: '02:30' }
    windowHours: 26
    keep: { last: 7, weekly: 4 }
`;

export function NoDiscovery({ isOperator }: { isOperator: boolean }) {
  return (
    <section className="panel empty" aria-labelledby="backups-undiscovered">
      <h2 id="backups-undiscovered">
        <Trans>Nobody has looked yet</Trans>
      </h2>
      <p>
        <Trans>
          Sifaka asks each node of the cluster file for its guests, its storages and the archives on them, and
          writes what it saw into <code>backups/</code> of the lab. It changes nothing on the nodes.
        </Trans>
      </p>
      <div className="actions">
        <DiscoverButton disabled={!isOperator} isFirst />
        <LabCommand command="backups discover" />
      </div>
    </section>
  );
}

export function NoPolicy() {
  return (
    <section className="panel empty" aria-labelledby="backups-unruled">
      <h2 id="backups-unruled">
        <Trans>There is no policy yet</Trans>
      </h2>
      <p>
        <Trans>
          What is backed up, where to, how often and how many are kept stands in{' '}
          <code>backups/policy.yaml</code> of the lab:
        </Trans>
      </p>
      <pre className="backups-example">
        <code>{example}</code>
      </pre>
      <p>
        <Trans>Then look at what Sifaka makes of it:</Trans>
      </p>
      <LabCommand command="lab check" />
    </section>
  );
}
