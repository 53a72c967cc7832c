/**
 * Formatters of one language each: making one takes longer than a hundred uses of it, and a list has hundreds. They are
 * remembered by what they are made of, and nothing else changes them.
 */
const numbers = new Map<string, Intl.NumberFormat>();
const ages = new Map<string, Intl.RelativeTimeFormat>();
const times = new Map<string, Intl.DateTimeFormat>();

/** With exactly so many digits after the point. */
export function numberFormat(locale: string, digits: number): Intl.NumberFormat {
  return remembered(
    numbers,
    `${locale} ${digits}`,
    () => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
}

export function relativeTimeFormat(locale: string): Intl.RelativeTimeFormat {
  return remembered(ages, locale, () => new Intl.RelativeTimeFormat(locale));
}

/** Local date and time to the second. */
export function timeFormat(locale: string): Intl.DateTimeFormat {
  return remembered(
    times,
    locale,
    () => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }),
  );
}

/** A day that is one already: no time zone may make another of it. */
export function dayFormat(locale: string): Intl.DateTimeFormat {
  return remembered(
    times,
    `${locale} day`,
    () =>
      new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
        day: 'numeric',
        month: 'long',
        timeZone: 'UTC',
      }),
  );
}

function remembered<Format>(formats: Map<string, Format>, key: string, make: () => Format): Format {
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = make();
  formats.set(key, made);
  return made;
}
