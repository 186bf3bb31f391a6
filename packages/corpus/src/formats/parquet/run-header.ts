/** The head of a run in the hybrid of run lengths and packed bits (Encodings.md, RLE = 3). */
export interface RunHeader {
  /** Whether values are packed, eight at a time; else one is repeated. */
  readonly isPacked: boolean
  /** Eights of packed values, or how often the one is repeated. */
  readonly count: number
  /** Where its values begin. */
  readonly end: number
}

/** Reads the head of a run from a place on. @throws Error where it is cut or longer than 32 bits */
export function readRunHeader(bytes: Uint8Array, from: number): RunHeader {
  let header = 0
  let at = from
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]
    if (byte === undefined || shift > 28) throw new Error('a run without a valid length')
    header += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  return { isPacked: header % 2 === 1, count: Math.floor(header / 2), end: at }
}
