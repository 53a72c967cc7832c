import { t } from '@lingui/core/macro';
import { ActionIcon, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { LabText } from './LabText.tsx';
import './command-line.css';

/** The command line's way to do the same thing, ready to be copied. */
export function CommandLine({ command }: { command: string }) {
  return (
    <div className="command-line">
      <code>
        <span aria-hidden="true" className="command-line-prompt">
          ${' '}
        </span>
        <LabText text={command} />
      </code>
      <CopyButton value={command}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={copy}
            aria-label={copied ? t`Copied` : t`Copy this command`}
          >
            {copied ? <IconCheck size={14} aria-hidden="true" /> : <IconCopy size={14} aria-hidden="true" />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
  );
}
