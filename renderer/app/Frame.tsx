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
        <main id="page" className="frame-page">
          {children}
        </main>
      </div>
    </div>
  );
}
