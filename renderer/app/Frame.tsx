import type { ReactNode } from 'react';
import { ConnectionNotice } from '../connection/ConnectionGate.tsx';
import { Header } from './Header.tsx';
import { Rail } from './Rail.tsx';
import './frame.css';

/** The one frame around every page: where you can go, which lab is open, and the page. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <div className="frame">
      <Rail />
      <div className="frame-body">
        <Header />
        <ConnectionNotice />
        {/* The command palette puts the focus here: the page it went to is read from its top. */}
        <main id="page" className="frame-page" tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  );
}
