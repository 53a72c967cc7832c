import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconKey, IconPlugConnectedX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { CommandLine } from '../components/CommandLine.tsx';
import { useConnection } from './connection-store.ts';
import './connection.css';

/** Shows the app once there has been a connection; before that, why there is none and how to get one. */
export function ConnectionGate({ children }: { children: ReactNode }) {
  const { state, generation } = useConnection();
  if (state.status === 'no-token') return <NeedsToken refused={false} />;
  if (state.status === 'refused') return <NeedsToken refused />;
  if (generation > 0) return children;
  return (
    <main className="gate">
      <output className="gate-card">
        <h1>{state.status === 'lost' ? t`The host is not answering` : t`Connecting`}</h1>
        <p className="quiet">
          {state.status === 'lost' ? (
            <>
              <Trans>Sifaka's host on this machine is not there.</Trans> <Countdown until={state.retryAt} />
            </>
          ) : (
            <Trans>Looking for the host on this machine.</Trans>
          )}
        </p>
      </output>
    </main>
  );
}

function NeedsToken({ refused }: { refused: boolean }) {
  const title = refused ? t`This link is no longer valid` : t`This page needs the link from your terminal`;
  // What was open before is not what is shown.
  useEffect(() => {
    document.title = `${title} · Sifaka`;
  }, [title]);
  return (
    <main className="gate">
      <div className="gate-card">
        <IconKey size={24} aria-hidden="true" className="quiet" />
        <h1>{title}</h1>
        <p>
          {refused
            ? t`The host was started again since this page was opened, and every launch has its own key. Nothing was changed.`
            : t`The host gives every launch its own key, and the address you opened does not carry it. Without it nobody can look into your lab or burn a card.`}
        </p>
        <p>
          <Trans>Open the address that this command prints, from the word http to its end:</Trans>
        </p>
        <CommandLine command="npx sifaka serve --lab DIR" />
        <p className="quiet small">
          <Trans>If the host already runs, its address is the first thing it printed in its terminal.</Trans>
        </p>
      </div>
    </main>
  );
}

/** One calm line above the page while the host is away. */
export function ConnectionNotice() {
  const state = useConnection((store) => store.state);
  if (state.status !== 'lost') return null;
  return (
    <output className="connection-notice">
      <IconPlugConnectedX size={16} aria-hidden="true" />
      <span>
        <Trans>
          The host is not answering. What you see is from before. If it was stopped, its jobs were cut off,
          and Jobs will say what they left.
        </Trans>
      </span>
      <Countdown until={state.retryAt} />
    </output>
  );
}

function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return (
    <span aria-hidden="true" className="quiet">
      {seconds === 0 ? t`Trying now.` : t`Trying again in ${seconds}\u00a0s.`}
    </span>
  );
}
