/**
 * How many times the bytes as stored compressed text may have, where nobody knows or believes how many: where sources are cut and which of
 * them are put together follows it, and nothing else.
 */
export const expectedRatio = 4
