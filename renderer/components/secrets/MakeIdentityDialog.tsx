import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Modal, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { LabText } from '../LabText.tsx';
import { ProblemNotice } from '../ProblemNotice.tsx';
import { CloseIcon, RevealIcon } from './dialog-icons.tsx';

/**
 * Makes the operator's identity on this machine, with a passphrase or without, and says where it lies. Beside what offers it
 * and not in it: that is gone as soon as the page hears that there is an identity, and those words would go with it.
 */
export function MakeIdentityDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { client, query } = useApi();
  const queryClient = useQueryClient();
  const [passphrase, setPassphrase] = useState('');
  const [repeated, setRepeated] = useState('');
  const init = useMutation({
    mutationFn: (typed: string) => client.secrets.init(typed === '' ? {} : { passphrase: typed }),
    // A mutation's variables stay in the cache for a while; a passphrase must not.
    gcTime: 0,
    onSuccess: () => {
      setPassphrase('');
      setRepeated('');
    },
  });
  const close = () => {
    onClose();
    setPassphrase('');
    setRepeated('');
    init.reset();
    void queryClient.invalidateQueries({ queryKey: query.secrets.key() });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (passphrase === repeated) init.mutate(passphrase);
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t`Make your identity`}
      closeButtonProps={{ 'aria-label': t`Close`, icon: <CloseIcon /> }}
      centered
    >
      {init.isSuccess ? (
        <div className="section">
          <p>
            <Trans>
              Your identity is there, and the lab's secrets can be sealed for it. Keep a copy of this file:
              without it nobody opens what is sealed.
            </Trans>
          </p>
          <p className="mono small">
            <LabText text={init.data.file} />
          </p>
          <div className="actions">
            <Button onClick={close}>
              <Trans>Done</Trans>
            </Button>
          </div>
        </div>
      ) : (
        <form onSubmit={submit} className="section">
          <p>
            <Trans>
              It opens the secrets that are sealed for you. With a passphrase, the file alone opens nothing.
            </Trans>
          </p>
          <PasswordInput
            label={t`Passphrase, or none`}
            data-autofocus
            visibilityToggleIcon={RevealIcon}
            visibilityToggleButtonProps={{ 'aria-label': t`Show or hide the passphrase` }}
            autoComplete="new-password"
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
          />
          <PasswordInput
            label={t`The same again`}
            visibilityToggleIcon={RevealIcon}
            visibilityToggleButtonProps={{ 'aria-label': t`Show or hide the passphrase` }}
            autoComplete="new-password"
            value={repeated}
            onChange={(event) => setRepeated(event.currentTarget.value)}
            error={repeated !== '' && repeated !== passphrase ? t`The two differ.` : undefined}
          />
          {init.isError && <ProblemNotice problem={problemOf(init.error)} />}
          <div className="actions">
            <Button type="submit" disabled={passphrase !== repeated} loading={init.isPending}>
              {passphrase === '' ? t`Make it without a passphrase` : t`Make it with this passphrase`}
            </Button>
            <Button variant="default" onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
