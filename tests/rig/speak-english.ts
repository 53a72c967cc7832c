import { i18n } from '@lingui/core';

/** The sources' own words: no catalog is needed for them outside the built app. */
i18n.loadAndActivate({ locale: 'en', messages: {} });
