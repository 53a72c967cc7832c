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

const states: Record<ImageState['state'], { state: MarkState; label: string }> = {
  cached: { state: 'ok', label: 'Cached, works offline' },
  available: { state: 'none', label: 'File is there' },
  missing: { state: 'danger', label: 'Missing' },
};

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
      header: 'Golden image',
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
      header: 'State',
      value: (image) => states[image.state].label,
      renderCell: (image) => <StateMark {...states[image.state]} />,
    },
    {
      id: 'size',
      header: 'Raw size',
      numeric: true,
      descendingFirst: true,
      value: (image) => image.size,
      renderCell: (image) =>
        image.size === undefined ? <span className="quiet">–</span> : formatBytes(image.size),
    },
    {
      id: 'digest',
      header: 'SHA-256 of the file',
      renderCell: (image) => (
        <code title={image.fileSha256} className="quiet">
          {shortDigest(image.fileSha256)}
        </code>
      ),
    },
    {
      id: 'classes',
      wraps: true,
      header: 'Used by',
      value: (image) => image.classes.join(' '),
      renderCell: (image) => <LabText text={image.classes.join(', ')} />,
    },
    {
      id: 'actions',
      header: 'Actions',
      headerHidden: true,
      renderCell: (image) =>
        image.state === 'cached' && (
          <Button
            variant="default"
            size="compact-xs"
            disabled={viewer}
            loading={verify.isPending && verify.variables.name === image.name}
            onClick={() => verify.mutate({ name: image.name })}
            aria-label={`Read again: ${image.name}`}
          >
            Read again
          </Button>
        ),
    },
  ];
  return (
    <section className="section" aria-labelledby="lab-images">
      <h2 id="lab-images">Golden images</h2>
      {verify.isError && <ProblemNotice problem={problemOf(verify.error)} />}
      {verify.isSuccess && (
        <output>
          <StateMark state="ok" label={`${verify.data.name} was read again and is whole.`} />
        </output>
      )}
      <QueryView said={said} result={images} waiting="Looking for the golden images.">
        {(data) => (
          <DataTable
            label="Golden images"
            rows={data}
            rowKey={(image) => image.name}
            columns={columns}
            initialSort={{ id: 'name', desc: false }}
            empty="The inventory names no golden image."
          />
        )}
      </QueryView>
    </section>
  );
}
