import { Button, Textarea } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { terminalLines } from '../../../shared/terminal-text.ts';
import { CommandLine } from '../../components/CommandLine.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';
import { formatQuantity } from '../../text/format.ts';
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
      <h2 id="log-diagnostics">Report a bug</h2>
      <p className="quiet">
        Diagnostics are the version, what works on this machine, its drives without their serial numbers, and
        the newest of the log. What looks like a secret is taken out.
      </p>
      <div className="actions">
        <Button
          leftSection={<IconCopy size={16} aria-hidden="true" />}
          onClick={() => copy.mutate()}
          loading={copy.isPending}
        >
          Copy diagnostics
        </Button>
        <CommandLine command="npx sifaka diagnostics" />
      </div>
      <output className="log-copied">
        {copy.isSuccess && text !== undefined && (
          <StateMark
            state={copy.data ? 'ok' : 'warning'}
            label={
              copy.data
                ? `Copied: ${formatQuantity(text.split('\n').length, 'line')}. Read them before you share them.`
                : 'It could not be copied. It is below, selected: copy it by hand.'
            }
          />
        )}
      </output>
      {copy.isError && <ProblemNotice problem={problemOf(copy.error)} />}
      {text !== undefined && (
        <Textarea
          ref={field}
          label="The diagnostics"
          value={text}
          readOnly
          rows={10}
          classNames={{ input: 'log-text' }}
        />
      )}
    </section>
  );
}
