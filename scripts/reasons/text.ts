import type { REASONS, ReasonGroup } from '../../controller/core/model/reasons.js';

/** What a reason means, and what to do about it, in Markdown. */
export interface ReasonText {
  readonly means: string;
  readonly todo: string;
}

/** A text for each reason of a group. */
export type Texts<Group extends ReasonGroup> = Readonly<Record<(typeof REASONS)[Group][number], ReasonText>>;
