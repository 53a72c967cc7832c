import { Trans } from '@lingui/react/macro';
import { IconLock, IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { PaletteButton } from '../components/command-palette/PaletteButton.tsx';
import { LabText } from '../components/LabText.tsx';
import { ProblemText } from '../components/ProblemText.tsx';
import { ServiceText } from '../components/ServiceText.tsx';
import { StateMark } from '../components/StateMark.tsx';
import { useApi } from '../connection/client.ts';
import { problemOf } from '../connection/problem-of.ts';
import { terminalText } from '../../shared/terminal-text.ts';
import { AppearanceMenu } from './AppearanceMenu.tsx';

/** Names the open lab and what may be done with it. */
export function Header() {
  const { query } = useApi();
  const lab = useQuery(query.lab.state.queryOptions({ refetchInterval: 30_000 }));
  const session = useQuery(query.session.info.queryOptions({ staleTime: 60_000 }));
  return (
    <header className="frame-header">
      <div className="header-lab">
        {lab.data && (
          <>
            <strong className="header-name">
              <LabText text={lab.data.name} />
            </strong>
            <span className="quiet small header-path mono" title={terminalText(lab.data.path)}>
              <LabText text={lab.data.path} />
            </span>
          </>
        )}
        {lab.isError && (
          <StateMark state="danger" label={<ProblemText problem={problemOf(lab.error)} part="what" />} />
        )}
      </div>
      <div className="header-state">
        {lab.data && !lab.data.writable && (
          <span className="header-readonly">
            <IconLock size={14} aria-hidden="true" />
            <span>
              <strong>
                <Trans>Read-only.</Trans>
              </strong>{' '}
              {lab.data.readOnlyReason === undefined ? (
                <Trans>The lab cannot be written.</Trans>
              ) : (
                <ServiceText text={lab.data.readOnlyReason} />
              )}
            </span>
          </span>
        )}
        {lab.data?.writable && session.data?.role !== 'viewer' && (
          <span className="quiet small header-writable">
            <IconPencil size={14} aria-hidden="true" /> <Trans>Writable</Trans>
          </span>
        )}
        {session.data?.role === 'viewer' && (
          <span className="quiet small">
            <Trans>You may look, not change</Trans>
          </span>
        )}
        <PaletteButton />
        <AppearanceMenu />
      </div>
    </header>
  );
}
