import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { LabCommand } from '../../components/LabCommand.tsx';
import { LabText } from '../../components/LabText.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { CloseIcon } from '../../components/secrets/dialog-icons.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';

const longestNote = 2000;

/** Asks for a note and closes the issue, or says why it stays open and what to run. */
export function CloseIssueButton({ id, check }: { id: string; check: string | undefined }) {
  const { client, query } = useApi();
  const queryClient = useQueryClient();
  const [isOpen, setIsOpen] = useState(false);
  const [note, setNote] = useState('');
  const close = useMutation({
    mutationFn: (words: string) => client.issues.close({ id, note: words }),
    onSuccess: async () => {
      setIsOpen(false);
      await queryClient.invalidateQueries({ queryKey: query.issues.key() });
    },
  });
  const dismiss = () => {
    setIsOpen(false);
    close.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    close.mutate(note);
  };
  const name = check !== undefined && (
    <code>
      <LabText text={check} />
    </code>
  );
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>
        <Trans>Close…</Trans>
      </Button>
      <Modal
        opened={isOpen}
        onClose={dismiss}
        title={t`Close ${id}`}
        closeButtonProps={{ 'aria-label': t`Close`, icon: <CloseIcon /> }}
        centered
      >
        <form onSubmit={submit} className="section">
          <p>
            {name ? (
              <Trans>
                It is closed when the check {name} has passed on all its nodes since it was opened. A note can
                say what mended it.
              </Trans>
            ) : (
              <Trans>It names no check, so a note says what mended it, or why it no longer matters.</Trans>
            )}
          </p>
          <Textarea
            label={t`Note`}
            data-autofocus
            rows={4}
            maxLength={longestNote}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {close.isError && <ProblemNotice problem={problemOf(close.error)} />}
          <LabCommand
            command={`issues close ${id}${check === undefined ? ` --note "${t`what mended it`}"` : ''}`}
          />
          <div className="actions">
            <Button
              type="submit"
              disabled={check === undefined && note.trim() === ''}
              loading={close.isPending}
            >
              <Trans>Close the issue</Trans>
            </Button>
            <Button variant="default" onClick={dismiss}>
              <Trans>Cancel</Trans>
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
