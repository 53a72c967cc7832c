import type { ReactNode } from 'react';

/** A page's heading, one line on what it is for, and what can be done from it. */
export function PageHead({
  title,
  about,
  children,
}: {
  title: ReactNode;
  about?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="page-head">
      <div>
        <h1>{title}</h1>
        {about && <p>{about}</p>}
      </div>
      {children && <div className="actions no-print">{children}</div>}
    </div>
  );
}
