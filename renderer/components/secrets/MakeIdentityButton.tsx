import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';

/** Opens a MakeIdentityDialog. */
export function MakeIdentityButton({ onClick }: { onClick: () => void }) {
  return (
    <Button size="xs" leftSection={<IconKey size={14} aria-hidden="true" />} onClick={onClick}>
      <Trans>Make an identity</Trans>
    </Button>
  );
}
