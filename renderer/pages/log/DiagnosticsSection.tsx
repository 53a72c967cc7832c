import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button, Textarea } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { terminalLines } from '../../../shared/terminal-text.ts';
import { OwnCommand } from '../../components/OwnCommand.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { copyText } from './copy-text.ts';

/** One button; what it copied is shown, so that nobody shares what they have not seen. */
export function DiagnosticsSection() {
  const { client } = useApi();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState<string>();
  const copy = useMutation({
    networkMode: 'always',
    async mutationFn() {
      const made = terminalLines((await client.session.diagnostics()).text);
      flushSync(() => setText(made));
      return copyText(made, field.current);
    },
  });
  return (
    <section className="section" aria-labelledby="log-diagnostics">
      <h2 id="log-diagnostics">
        <Trans>Report a bug</Trans>
      </h2>
      <p className="quiet">
        <Trans>
          Diagnostics are the version, what works on this machine, its drives without their serial numbers,
          and the newest of the log. What looks like a secret is taken out.
        </Trans>
      </p>
      <div className="actions">
        <Button
          leftSection={<IconCopy size={16} aria-hidden="true" />}
          onClick={() => copy.mutate()}
          loading={copy.isPending}
        >
          <Trans>Copy diagnostics</Trans>
        </Button>
        <OwnCommand words="diagnostics" />
      </div>
      <output className="log-copied">
        {copy.isSuccess && text !== undefined && (
          <StateMark
            state={copy.data ? 'ok' : 'warning'}
            label={
              copy.data ? copied(text) : t`It could not be copied. It is below, selected: copy it by hand.`
            }
          />
        )}
      </output>
      {copy.isError && <ProblemNotice problem={problemOf(copy.error)} />}
      {text !== undefined && (
        <Textarea
          ref={field}
          label={t`The diagnostics`}
          lang="en"
          value={text}
          readOnly
          rows={10}
          classNames={{ input: 'log-text' }}
        />
      )}
    </section>
  );
}

function copied(text: string): string {
  const lines = text.split('\n').length;
  return plural(lines, {
    one: 'Copied: # line. Read it before you share it.',
    other: 'Copied: # lines. Read them before you share them.',
  });
}
