import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { ProblemNotice } from '../components/ProblemNotice.tsx';
import type { Route } from './route.ts';

interface PageBoundaryProps {
  /** Another one is another page, which is tried anew. */
  readonly route: Route;
  readonly children: ReactNode;
}

interface PageBoundaryState {
  readonly route: Route;
  readonly failed: boolean;
}

/**
 * Keeps the frame standing when a page cannot be drawn: its part of the program did not come from the host, or it has a
 * bug. A module that failed to load stays failed for the life of the document, so the way on is to load it again.
 */
export class PageBoundary extends Component<PageBoundaryProps, PageBoundaryState> {
  override state: PageBoundaryState = { route: this.props.route, failed: false };

  static getDerivedStateFromError(): Partial<PageBoundaryState> {
    return { failed: true };
  }

  static getDerivedStateFromProps(
    { route }: PageBoundaryProps,
    before: PageBoundaryState,
  ): PageBoundaryState | null {
    return route === before.route ? null : { route, failed: false };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="page">
        <ProblemNotice
          problem={{
            code: 'INTERNAL',
            what: t`This page could not be opened.`,
            state: t`Nothing was changed. Jobs that run go on.`,
            next: t`Load it again. If the host was stopped, start it first and open the link it prints.`,
            saidByPage: true,
          }}
        >
          <Button onClick={() => window.location.reload()}>
            <Trans>Load it again</Trans>
          </Button>
        </ProblemNotice>
      </div>
    );
  }
}
