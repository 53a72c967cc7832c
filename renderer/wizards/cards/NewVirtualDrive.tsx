import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import type { Target } from '../../../shared/schemas/card.ts';
import { focusWhenShown } from '../../components/focus-when-shown.ts';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { nameComplaint } from './name-complaint.ts';

const gigabyte = 1_000_000_000;
const mebibyte = 1 << 20;
const cardSizes = [1, 2, 4, 8, 16, 32, 64, 128] as const;

/** A virtual drive the size of a card as shops sell them. It takes only the room of what is written on it. */
export function NewVirtualDrive(props: { suggestion: string; onCreated: (target: Target) => void }) {
  const { query } = useApi();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState<string>();
  const [gigabytes, setGigabytes] = useState<number>(32);
  const name = typed ?? props.suggestion;
  const complaint = nameComplaint(name);
  const create = useMutation(
    query.drives.createVirtual.mutationOptions({
      onSuccess: (target) => {
        props.onCreated(target);
        setTyped(undefined);
        setOpen(false);
      },
    }),
  );
  const submit = () => {
    // Whole mebibytes: every block size a file system uses divides them.
    const size = Math.floor((gigabytes * gigabyte) / mebibyte) * mebibyte;
    if (complaint === undefined && !create.isPending) create.mutate({ name, size });
  };
  // These fields stand inside the step's form; Enter here means this button, not the step's.
  const onEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    submit();
  };
  if (!open) {
    return (
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden="true" />}
          onClick={() => setOpen(true)}
        >
          <Trans>New virtual drive</Trans>
        </Button>
      </div>
    );
  }
  return (
    <fieldset className="choices">
      <legend>{t`New virtual drive`}</legend>
      <div className="choice new-drive">
        <TextInput
          label={t`Name`}
          value={name}
          ref={focusWhenShown}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={onEnter}
          error={complaint}
        />
        <NativeSelect
          // Its arrow says what the role says already.
          rightSectionProps={{ 'aria-hidden': true }}
          label={t`Size`}
          value={String(gigabytes)}
          onChange={(event) => setGigabytes(Number(event.currentTarget.value))}
          data={cardSizes.map((size) => ({ value: String(size), label: `${size} GB` }))}
        />
        <div className="actions">
          <Button onClick={submit} loading={create.isPending} disabled={complaint !== undefined}>
            <Trans>Create {name}</Trans>
          </Button>
          <Button variant="subtle" onClick={() => setOpen(false)}>
            <Trans>Cancel</Trans>
          </Button>
        </div>
        <p className="quiet small">{t`It takes only as much room as is written on it.`}</p>
      </div>
      {create.isError && <ProblemNotice problem={problemOf(create.error)} />}
    </fieldset>
  );
}
