import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { NodeSummary } from '../../../shared/contract/cards.ts';
import type { Receipt } from '../../../shared/schemas/card.ts';
import { addressOf, goTo } from '../../app/route.ts';
import { Age } from '../../components/Age.tsx';
import { Nothing } from '../../components/cards/node-columns.tsx';
import { LabCommand } from '../../components/LabCommand.tsx';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { formatBytes, shortDigest } from '../../text/format.ts';
import { startBurn } from '../../wizards/cards/start-burn.ts';
import { targetName } from '../../wizards/cards/target-name.ts';
import { TargetName } from '../../wizards/cards/TargetName.tsx';
import { requestFor } from '../../wizards/cards/target-request.ts';

/** One node: what a card would make of a blank machine, and the cards that were proven. */
export function NodePage({ node: name }: { node: string }) {
  const { query } = useApi();
  const nodes = useQuery(query.cards.nodes.queryOptions());
  return (
    <QueryView result={nodes} waiting={t`Reading the inventory.`}>
      {(data) => {
        const node = data.find((one) => one.name === name);
        return node ? <KnownNode node={node} /> : <UnknownNode name={name} />;
      }}
    </QueryView>
  );
}

function KnownNode({ node }: { node: NodeSummary }) {
  return (
    <div className="page">
      <PageHead title={<LabText text={node.name} />} about={<LabText text={node.description} />}>
        <Button onClick={() => startBurn(node.name)} disabled={!node.recoverable}>
          <Trans>Burn a card</Trans>
        </Button>
      </PageHead>
      <dl className="facts panel">
        {node.alias !== undefined && <Fact label={t`Also called`} value={<LabText text={node.alias} />} />}
        <Fact label={t`Hostname`} value={<LabText text={node.hostname} />} />
        <Fact label={t`Class`} value={<LabText text={node.nodeClass} />} />
        <Fact label={t`Golden image`} value={<LabText text={node.image} />} />
        <Fact
          label={t`Network`}
          value={
            <span className="mono">
              <LabText text={`${node.interface}: ${node.addresses.join(', ')}`} />
            </span>
          }
        />
        <Fact
          label="k3s"
          value={
            node.k3sRole === 'none' ? <Nothing words={t`not in k3s`} /> : <LabText text={node.k3sRole} />
          }
        />
        <Fact
          label={t`Labels`}
          value={<Tags tags={Object.entries(node.labels).map(([key, value]) => `${key}=${value}`)} />}
        />
        <Fact label={t`Taints`} value={<Tags tags={node.taints} />} />
        <Fact
          label={t`Longhorn disks`}
          value={node.longhornDisks === 0 ? <Nothing words={t`none`} /> : node.longhornDisks}
        />
        {!node.recoverable && (
          <Fact label={t`Recovery`} value={t`Known to the lab, but not rebuilt by a card yet.`} />
        )}
      </dl>
      <ProvenCards node={node} />
    </div>
  );
}

function ProvenCards({ node }: { node: NodeSummary }) {
  const { query } = useApi();
  const session = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  const viewer = session.data?.role === 'viewer';
  const receipts = useQuery(query.cards.receipts.queryOptions({ input: { node: node.name } }));
  const verify = useMutation(
    query.cards.verify.mutationOptions({ onSuccess: ({ jobId }) => goTo({ page: 'card-job', id: jobId }) }),
  );
  const columns: TableColumn<Receipt>[] = [
    {
      id: 'proven',
      header: t`Proven`,
      value: (receipt) => receipt.verifiedAt,
      descendingFirst: true,
      renderCell: (receipt) => (
        <a href={addressOf({ page: 'card-job', id: receipt.jobId })}>
          <Age time={receipt.verifiedAt} />
        </a>
      ),
    },
    {
      id: 'target',
      wraps: true,
      header: t`Target`,
      value: (receipt) => receipt.target.label,
      renderCell: ({ target }) => <TargetName kind={target.kind} label={target.label} />,
    },
    {
      id: 'image',
      header: t`Image`,
      value: (receipt) => receipt.image.name,
      renderCell: (receipt) => <LabText text={receipt.image.name} />,
    },
    {
      id: 'read',
      header: t`Read back`,
      numeric: true,
      value: (receipt) => receipt.verifiedBytes,
      renderCell: (receipt) => formatBytes(receipt.verifiedBytes),
    },
    {
      id: 'plan',
      header: t`Plan`,
      renderCell: (receipt) => <code className="quiet">{shortDigest(receipt.planDigest)}</code>,
    },
    {
      id: 'verify',
      header: t`Actions`,
      headerHidden: true,
      renderCell: (receipt) => (
        <VerifyButton
          target={targetName(receipt.target)}
          disabled={viewer}
          onClick={() => verify.mutate({ node: node.name, target: requestFor(receipt.target) })}
        />
      ),
    },
  ];
  return (
    <section className="section" aria-labelledby="proven-cards">
      <h2 id="proven-cards">
        <Trans>Proven cards</Trans>
      </h2>
      {verify.isError && <ProblemNotice problem={problemOf(verify.error)} />}
      <QueryView result={receipts} waiting={t`Reading the receipts.`}>
        {(data) =>
          data.length === 0 ? (
            <div className="panel empty">
              <p>
                <Trans>No card was burned for this node on this machine yet.</Trans>
              </p>
              {node.recoverable && <LabCommand command={`card build ${node.name} --to ${node.name}.img`} />}
            </div>
          ) : (
            <DataTable
              label={t`Proven cards`}
              rows={data}
              rowKey={(receipt) => receipt.id}
              columns={columns}
              initialSort={{ id: 'proven', desc: true }}
              empty=""
            />
          )
        }
      </QueryView>
      <p className="quiet small">
        <Trans>A card can be verified until its first boot. After that the node itself has changed it.</Trans>
      </p>
    </section>
  );
}

function VerifyButton(props: { target: string; disabled: boolean; onClick: () => void }) {
  const { target, ...button } = props;
  return (
    <Button variant="default" size="compact-xs" aria-label={t`Verify ${target} again`} {...button}>
      <Trans>Verify…</Trans>
    </Button>
  );
}

function Fact({ label, value }: { label: string; value: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return <Nothing words={t`none`} />;
  return tags.map((tag) => (
    <span key={tag} className="tag mono">
      <LabText text={tag} />
    </span>
  ));
}

function UnknownNode({ name }: { name: string }) {
  return (
    <div className="page">
      <PageHead title={<LabText text={name} />} about={t`The inventory does not name this node.`} />
      <p>
        <a href={addressOf({ page: 'cards' })}>
          <Trans>See every node</Trans>
        </a>
      </p>
    </div>
  );
}
