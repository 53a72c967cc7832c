import { useQuery } from '@tanstack/react-query';
import type { SecretState } from '../../../shared/contract/secrets.ts';
import { LabCommand } from '../../components/LabCommand.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { MakeIdentityButton } from '../../components/secrets/MakeIdentityButton.tsx';
import { UnlockButton } from '../../components/secrets/UnlockButton.tsx';
import { type MarkState, StateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';

const states: Record<SecretState['state'], { state: MarkState; label: string }> = {
  'sealed-and-readable': { state: 'ok', label: 'Sealed, opens here' },
  sealed: { state: 'none', label: 'Sealed' },
  unreadable: { state: 'danger', label: 'Does not open' },
  missing: { state: 'danger', label: 'Missing' },
};

const columns: readonly TableColumn<SecretState>[] = [
  {
    id: 'name',
    wraps: true,
    header: 'Secret',
    value: (secret) => secret.name,
    renderCell: (secret) => (
      <span className="mono">
        <LabText text={secret.name} />
      </span>
    ),
  },
  {
    id: 'state',
    header: 'State',
    value: (secret) => states[secret.state].label,
    renderCell: (secret) => <StateMark {...states[secret.state]} />,
  },
  {
    id: 'needed',
    wraps: true,
    header: 'Needed by',
    value: (secret) => secret.neededBy.join(' '),
    renderCell: (secret) =>
      secret.neededBy.length === 0 ? (
        <span className="quiet">nobody</span>
      ) : (
        <LabText text={secret.neededBy.join(', ')} />
      ),
  },
];

/** Which secrets the nodes need and whether this machine can open them. Their values are shown nowhere. */
export function SecretsSection({ said }: { said: readonly string[] }) {
  const { query } = useApi();
  const secrets = useQuery(query.secrets.check.queryOptions());
  return (
    <section className="section" aria-labelledby="lab-secrets">
      <h2 id="lab-secrets">Secrets</h2>
      <QueryView said={said} result={secrets} waiting="Looking at the sealed secrets.">
        {(data) => (
          <>
            <IdentityWords identity={data.identity} />
            <DataTable
              label="Secrets"
              rows={data.secrets}
              rowKey={(secret) => secret.name}
              columns={columns}
              initialSort={{ id: 'name', desc: false }}
              empty="No node needs a secret."
            />
            {data.secrets.some((secret) => secret.state === 'missing') && (
              <div className="hint">
                <span className="quiet">Seal a missing one; the value is read from standard input:</span>
                <LabCommand command="secrets seal NAME" />
              </div>
            )}
          </>
        )}
      </QueryView>
    </section>
  );
}

function IdentityWords({ identity }: { identity: 'none' | 'locked' | 'ready' }) {
  if (identity === 'ready') return <StateMark state="ok" label="Your identity is open." />;
  if (identity === 'locked') {
    return (
      <div className="hint">
        <StateMark state="warning" label="Your identity is locked." />
        <UnlockButton />
      </div>
    );
  }
  return (
    <div className="hint">
      <StateMark
        state="danger"
        label="There is no identity on this machine, so no secret can be opened here and no card that needs one can be burned."
      />
      <MakeIdentityButton />
      <LabCommand command="secrets init" />
    </div>
  );
}
