import { i18n } from '@lingui/core';
import { I18nProvider, useLingui } from '@lingui/react';
import { Fragment, type ReactNode } from 'react';

/** Another language is another page: whatever was said in the former one, in a state or a table, is made anew. */
export function Language({ children }: { children: ReactNode }) {
  return (
    <I18nProvider i18n={i18n}>
      <Spoken>{children}</Spoken>
    </I18nProvider>
  );
}

function Spoken({ children }: { children: ReactNode }) {
  const { i18n: spoken } = useLingui();
  return <Fragment key={spoken.locale}>{children}</Fragment>;
}
