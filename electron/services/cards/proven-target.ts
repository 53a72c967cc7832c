import type { Target } from '../../../shared/schemas/card.ts';
import type { WrittenCard } from '../../imaging/write.ts';

/** A target that holds a card, and what proves it. Times as in RFC 3339. */
export interface ProvenTarget {
  readonly target: Target;
  readonly written: WrittenCard;
  readonly readFromMedium: boolean;
  /** Whether the system let go of a drive; a file needs no such thing. */
  readonly ejected: boolean;
  readonly writtenAt: string;
  readonly verifiedAt: string;
}
