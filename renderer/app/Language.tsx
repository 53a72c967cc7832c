import { i18n } from '@lingui/core';
import { I18nProvider, useLingui } from '@lingui/react';
import { Fragment, type ReactNode, useEffect, useRef } from 'react';

/** Another language is another page: whatever was said in the former one, in a state or a table, is made anew. */
export function Language({ children }: { children: ReactNode }) {
  return (
    <I18nProvider i18n={i18n}>
      <Spoken>{children}</Spoken>
    </I18nProvider>
  );
}

function Spoken({ children }: { children: ReactNode }) {
  const { locale } = useLingui().i18n;
  const former = useRef(locale);
  useEffect(() => {
    if (former.current === locale) return;
    former.current = locale;
    // It was on the menu that the language was chosen from, which is another one now.
    document.querySelector<HTMLElement>('.header-appearance')?.focus();
  }, [locale]);
  return <Fragment key={locale}>{children}</Fragment>;
}
