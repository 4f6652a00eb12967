/** What an automaton says of bytes. UNSURE: re2js has to say, on the decoded text. */
export type Answer = typeof NO | typeof YES | typeof UNSURE;
export const NO = 0;
export const YES = 1;
export const UNSURE = -1;
