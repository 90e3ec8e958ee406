/**
 * How much of the session timeout a leader may act without an answer. The server declares the session over when it
 * has heard nothing for all of it, so a request sent within this part has the remaining time to arrive.
 */
export const SAFE_PART = 2 / 3;
