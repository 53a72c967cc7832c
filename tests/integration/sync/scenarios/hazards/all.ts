import type { Hazard } from '../hazard.ts';
import { kindsAndNames } from './kinds-and-names.ts';
import { timesAndBytes } from './times-and-bytes.ts';
import { trouble } from './trouble.ts';

/** The rows of docs/sync-hazards.md, in their order. */
export const hazards: readonly Hazard[] = [...timesAndBytes, ...kindsAndNames, ...trouble];
