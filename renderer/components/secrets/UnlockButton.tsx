import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Modal, PasswordInput } from '@mantine/core';
import { IconLockOpen } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { ProblemNotice } from '../ProblemNotice.tsx';
import { CloseIcon, RevealIcon } from './dialog-icons.tsx';

/** Asks for the passphrase of a locked identity. It goes to the host once and is kept by nobody. */
export function UnlockButton({ onUnlocked }: { onUnlocked?: () => void }) {
  const { client, query } = useApi();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const [passphrase, setPassphrase] = useState('');
  const close = () => {
    setOpen(false);
    setPassphrase('');
  };
  const unlock = useMutation({
    mutationFn: (typed: string) => client.secrets.unlock({ passphrase: typed }),
    // A mutation's variables stay in the cache for a while; a passphrase must not.
    gcTime: 0,
    onSuccess: async () => {
      close();
      unlock.reset();
      await queryClient.invalidateQueries({ queryKey: query.secrets.key() });
      onUnlocked?.();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The dialog stands inside other forms as far as React's events are concerned.
    event.stopPropagation();
    if (passphrase !== '') unlock.mutate(passphrase);
  };
  return (
    <>
      <Button
        size="xs"
        leftSection={<IconLockOpen size={14} aria-hidden="true" />}
        onClick={() => setOpen(true)}
      >
        <Trans>Unlock secrets</Trans>
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={t`Unlock your identity`}
        closeButtonProps={{ 'aria-label': t`Close`, icon: <CloseIcon /> }}
        centered
      >
        <form onSubmit={submit} className="section">
          <p>
            <Trans>
              The lab's secrets are sealed for an identity that is protected by a passphrase. It is opened for
              this launch only; the passphrase is not kept.
            </Trans>
          </p>
          <PasswordInput
            label={t`Passphrase`}
            data-autofocus
            visibilityToggleIcon={RevealIcon}
            visibilityToggleButtonProps={{ 'aria-label': t`Show or hide the passphrase` }}
            autoComplete="off"
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
          />
          {unlock.isError && <ProblemNotice problem={problemOf(unlock.error)} />}
          <div className="actions">
            <Button type="submit" disabled={passphrase === ''} loading={unlock.isPending}>
              <Trans>Unlock</Trans>
            </Button>
            <Button variant="default" onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
