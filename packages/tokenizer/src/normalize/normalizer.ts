/** Changes text before it is cut. */
export interface Normalizer {
  /** The normalized text. */
  readonly normalize: (text: string) => string
  /**
   * The same for the bytes of a text, where that is faster.
   *
   * @throws TypeError for bytes that are not UTF-8
   */
  readonly normalizeBytes?: (bytes: Uint8Array, start: number, end: number) => Uint8Array
  /**
   * Whether the text of some valid UTF-8 bytes may change; false is a promise. Most text does not, and is left as it is without being
   * turned into a string.
   */
  readonly mayChange: (bytes: Uint8Array, start: number, end: number) => boolean
  /**
   * Whether the normalized form of a text is that of its two parts, joined, wherever it is cut before a space that follows a printable
   * ASCII character.
   */
  readonly cutsBeforeSpace: boolean
  /**
   * What becomes of the beginning of a text, of which some characters are given: it goes, or something comes before it. Absent, neither ever
   * happens.
   */
  readonly beginning?: (text: string) => Beginning
  /** Whether it is NFC and nothing else, of which more is known. */
  readonly isNfc?: boolean
}

/** What a normalizer does to the beginning of a text. */
export type Beginning = 'kept' | 'removed' | 'added'

/** Normalizers one after the other. */
export function sequenceOf(normalizers: readonly Normalizer[]): Normalizer | undefined {
  if (normalizers.length < 2) return normalizers[0]
  return {
    normalize: (text) => normalizers.reduce((changed, { normalize }) => normalize(changed), text),
    // What none changes at first comes to each as it was.
    mayChange: (bytes, start, end) => normalizers.some(({ mayChange }) => mayChange(bytes, start, end)),
    cutsBeforeSpace: normalizers.every(({ cutsBeforeSpace }) => cutsBeforeSpace),
    ...(normalizers.some(({ beginning }) => beginning !== undefined)
      ? { beginning: beginningAfter(normalizers) }
      : {}),
  }
}

function beginningAfter(normalizers: readonly Normalizer[]): (text: string) => Beginning {
  return (text) => {
    let last: Beginning = 'kept'
    for (const { normalize, beginning } of normalizers) {
      const next = beginning?.(text) ?? 'kept'
      if (next !== 'kept') last = next
      text = normalize(text)
    }
    return last
  }
}
