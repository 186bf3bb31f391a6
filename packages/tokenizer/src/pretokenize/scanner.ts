/**
 * Where the piece that starts at `start` ends, at most at `end`; `start < end`.
 * The bytes before `start` are never looked at: no pattern looks behind. Returns -1 when `start` is not the first byte
 * of a valid UTF-8 sequence.
 */
export type Scanner = (bytes: Uint8Array, start: number, end: number) => number
