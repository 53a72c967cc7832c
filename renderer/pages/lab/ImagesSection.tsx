import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ImageState } from '../../../shared/contract/images.ts';
import { DataTable, type TableColumn } from '../../components/DataTable.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { QueryView } from '../../components/QueryView.tsx';
import { type MarkState, StateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { formatBytes, shortDigest } from '../../text/format.ts';

function markOf(state: ImageState['state']): { state: MarkState; label: string } {
  if (state === 'cached') return { state: 'ok', label: t`Cached, works offline` };
  if (state === 'available') return { state: 'none', label: t`File is there` };
  return { state: 'danger', label: t`Missing` };
}

/** The golden images of the inventory, and whether a card can be made from them now. */
export function ImagesSection({ said }: { said: readonly string[] }) {
  const { query } = useApi();
  const session = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  const viewer = session.data?.role === 'viewer';
  const images = useQuery(query.images.list.queryOptions());
  const verify = useMutation(query.images.verify.mutationOptions({ onSettled: () => void images.refetch() }));
  const columns: TableColumn<ImageState>[] = [
    {
      id: 'name',
      wraps: true,
      header: t`Golden image`,
      value: (image) => image.name,
      renderCell: (image) => (
        <div className="stacked">
          <LabText text={image.name} />
          {image.description !== '' && (
            <span className="small quiet">
              <LabText text={image.description} />
            </span>
          )}
          <span className="small quiet mono">
            <LabText text={image.file} />
          </span>
        </div>
      ),
    },
    {
      id: 'state',
      header: t`State`,
      value: (image) => markOf(image.state).label,
      renderCell: (image) => <StateMark {...markOf(image.state)} />,
    },
    {
      id: 'size',
      header: t`Raw size`,
      numeric: true,
      descendingFirst: true,
      value: (image) => image.size,
      renderCell: (image) =>
        image.size === undefined ? <span className="quiet">–</span> : formatBytes(image.size),
    },
    {
      id: 'digest',
      header: t`SHA-256 of the file`,
      renderCell: (image) => (
        <code title={image.fileSha256} className="quiet">
          {shortDigest(image.fileSha256)}
        </code>
      ),
    },
    {
      id: 'classes',
      wraps: true,
      header: t`Used by`,
      value: (image) => image.classes.join(' '),
      renderCell: (image) => <LabText text={image.classes.join(', ')} />,
    },
    {
      id: 'actions',
      header: t`Actions`,
      headerHidden: true,
      renderCell: (image) =>
        image.state === 'cached' && (
          <ReadAgainButton
            name={image.name}
            disabled={viewer}
            loading={verify.isPending && verify.variables.name === image.name}
            onClick={() => verify.mutate({ name: image.name })}
          />
        ),
    },
  ];
  return (
    <section className="section" aria-labelledby="lab-images">
      <h2 id="lab-images">
        <Trans>Golden images</Trans>
      </h2>
      {verify.isError && <ProblemNotice problem={problemOf(verify.error)} />}
      {verify.isSuccess && (
        <output>
          <StateMark state="ok" label={wholeAgain(verify.data.name)} />
        </output>
      )}
      <QueryView said={said} result={images} waiting={t`Looking for the golden images.`}>
        {(data) => (
          <DataTable
            label={t`Golden images`}
            rows={data}
            rowKey={(image) => image.name}
            columns={columns}
            initialSort={{ id: 'name', desc: false }}
            empty={t`The inventory names no golden image.`}
          />
        )}
      </QueryView>
    </section>
  );
}

function wholeAgain(name: string): string {
  return t`${name} was read again and is whole.`;
}

function ReadAgainButton(props: { name: string; disabled: boolean; loading: boolean; onClick: () => void }) {
  const { name, ...button } = props;
  return (
    <Button variant="default" size="compact-xs" aria-label={t`Read again: ${name}`} {...button}>
      <Trans>Read again</Trans>
    </Button>
  );
}
