/**
 * Packages that are development's for npm, and still part of the app: their code is bundled into it. As dependencies they
 * would bring along Babel and Jest parts, which Lingui's runtime names for its macros and never loads.
 */
export const bundledPackages = new Set(['@lingui/core', '@lingui/react']);
