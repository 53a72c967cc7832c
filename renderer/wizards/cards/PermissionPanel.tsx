import { t } from '@lingui/core/macro';
import { IconLockOpen } from '@tabler/icons-react';
import { noteLines } from '../../../shared/note-lines.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { CommandLine } from '../../components/CommandLine.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import './permission-panel.css';

/** What a run waits for when it needs a right to a drive: there is no hurry, and nothing was erased yet. */
export function PermissionPanel({ note, reads }: { note: string; reads: boolean }) {
  const lines = noteLines(note);
  return (
    <section className="permission panel" aria-labelledby="permission">
      <IconLockOpen size={20} stroke={1.75} aria-hidden="true" />
      <div aria-live="polite">
        <h3 id="permission">
          {reads
            ? t`Waiting for your permission to read the drive`
            : t`Waiting for your permission to write to the drive`}
        </h3>
        {lines.map(({ kind, text }) =>
          kind === 'command' ? (
            <CommandLine key={text} command={terminalText(text)} />
          ) : (
            <p key={text}>
              <ServiceText text={text} />
            </p>
          ),
        )}
        <p className="quiet">
          {reads
            ? t`Take your time: it waits for you.`
            : t`Take your time: it waits for you, and nothing has been erased yet.`}
        </p>
      </div>
    </section>
  );
}
