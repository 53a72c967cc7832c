import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { SecretState } from '../../../shared/contract/secrets.ts';
import { LabCommand } from '../../components/LabCommand.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { MakeIdentityButton } from '../../components/secrets/MakeIdentityButton.tsx';
import { MakeIdentityDialog } from '../../components/secrets/MakeIdentityDialog.tsx';
import { UnlockButton } from '../../components/secrets/UnlockButton.tsx';
import { type MarkState, StateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';

function markOf(state: SecretState['state']): { state: MarkState; label: string } {
  if (state === 'sealed-and-readable') return { state: 'ok', label: t`Sealed, opens here` };
  if (state === 'sealed') return { state: 'none', label: t`Sealed` };
  return { state: 'danger', label: state === 'missing' ? t`Missing` : t`Does not open` };
}

const secretColumns = (): readonly TableColumn<SecretState>[] => [
  {
    id: 'name',
    wraps: true,
    header: t`Secret`,
    value: (secret) => secret.name,
    renderCell: (secret) => (
      <span className="mono">
        <LabText text={secret.name} />
      </span>
    ),
  },
  {
    id: 'state',
    header: t`State`,
    value: (secret) => markOf(secret.state).label,
    renderCell: (secret) => <StateMark {...markOf(secret.state)} />,
  },
  {
    id: 'needed',
    wraps: true,
    header: t`Needed by`,
    value: (secret) => secret.neededBy.join(' '),
    renderCell: (secret) =>
      secret.neededBy.length === 0 ? (
        <span className="quiet">
          <Trans>nobody</Trans>
        </span>
      ) : (
        <LabText text={secret.neededBy.join(', ')} />
      ),
  },
];

/** Which secrets the nodes need and whether this machine can open them. Their values are shown nowhere. */
export function SecretsSection({ said }: { said: readonly string[] }) {
  const { query } = useApi();
  const columns = useMemo(() => secretColumns(), []);
  const secrets = useQuery(query.secrets.check.queryOptions());
  const [making, setMaking] = useState(false);
  return (
    <section className="section" aria-labelledby="lab-secrets">
      <h2 id="lab-secrets">
        <Trans>Secrets</Trans>
      </h2>
      <QueryView said={said} result={secrets} waiting={t`Looking at the sealed secrets.`}>
        {(data) => (
          <>
            <IdentityWords identity={data.identity} onMake={() => setMaking(true)} />
            <DataTable
              label={t`Secrets`}
              rows={data.secrets}
              rowKey={(secret) => secret.name}
              columns={columns}
              initialSort={{ id: 'name', desc: false }}
              empty={t`No node needs a secret.`}
            />
            {data.secrets.some((secret) => secret.state === 'missing') && (
              <div className="hint">
                <span className="quiet">
                  <Trans>Seal a missing one; the value is read from standard input:</Trans>
                </span>
                <LabCommand command="secrets seal NAME" />
              </div>
            )}
          </>
        )}
      </QueryView>
      <MakeIdentityDialog opened={making} onClose={() => setMaking(false)} />
    </section>
  );
}

function IdentityWords(props: { identity: 'none' | 'locked' | 'ready'; onMake: () => void }) {
  const { identity, onMake } = props;
  if (identity === 'ready') return <StateMark state="ok" label={t`Your identity is open.`} />;
  if (identity === 'locked') {
    return (
      <div className="hint">
        <StateMark state="warning" label={t`Your identity is locked.`} />
        <UnlockButton />
      </div>
    );
  }
  return (
    <div className="hint">
      <StateMark
        state="danger"
        label={t`There is no identity on this machine, so no secret can be opened here and no card that needs one can be burned.`}
      />
      <MakeIdentityButton onClick={onMake} />
      <LabCommand command="secrets init" />
    </div>
  );
}
