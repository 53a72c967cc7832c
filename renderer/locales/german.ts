import { messages as frame } from './de/frame.po';
import { messages as pages } from './de/pages.po';
import { messages as wizards } from './de/wizards.po';

/** One file of the built page, fetched when German is spoken. */
export const messages = { ...frame, ...pages, ...wizards };
