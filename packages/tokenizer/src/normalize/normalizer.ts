import { tooMuchText } from './too-much-text.ts'

const utf8 = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

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
  /** Whether that holds wherever it is cut: each character becomes what it becomes alone. @default false */
  readonly cutsAnywhere?: boolean
  /** Whether, in a text with a space after a printable ASCII character, the two become another such pair, if not the same. @default false */
  readonly keepsSpaces?: boolean
  /** Whether the first character of a text, of which some are given, is removed, or several are replaced. Absent, that never happens. */
  readonly removesBeginning?: (text: string) => boolean
  /** Whether it is NFC and nothing else, of which more is known. */
  readonly isNfc?: boolean
}

/**
 * The normalized text of some bytes.
 *
 * @throws TypeError for bytes that are not UTF-8; TokenizerError for more text than there can be
 */
export function normalizedBytes(
  { normalize, normalizeBytes }: Normalizer,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const changed = normalizeBytes?.(bytes, start, end)
  if (changed !== undefined) return changed
  const text = strictDecoder.decode(bytes.subarray(start, end))
  try {
    return utf8.encode(normalize(text))
  } catch (error) {
    // V8's word for a string that would be too long.
    throw error instanceof RangeError ? tooMuchText(end - start) : error
  }
}

/** Normalizers one after the other. */
export function sequenceOf(normalizers: readonly Normalizer[]): Normalizer | undefined {
  if (normalizers.length < 2) return normalizers[0]
  return {
    normalize: (text) => normalizers.reduce((changed, { normalize }) => normalize(changed), text),
    ...(normalizers.some(({ normalizeBytes }) => normalizeBytes !== undefined) && {
      normalizeBytes: (bytes, start, end) =>
        normalizers.reduce(
          (changed, step) =>
            step.mayChange(changed, 0, changed.length)
              ? normalizedBytes(step, changed, 0, changed.length)
              : changed,
          bytes.subarray(start, end),
        ),
    }),
    // What none changes at first comes to each as it was.
    mayChange: (bytes, start, end) => normalizers.some(({ mayChange }) => mayChange(bytes, start, end)),
    // What a normalizer promises of a space it must find there: another before it may have made something else of it.
    cutsBeforeSpace: normalizers.every(
      ({ cutsBeforeSpace, cutsAnywhere }, i) =>
        cutsAnywhere === true || (cutsBeforeSpace && normalizers.slice(0, i).every(keepsSpaces)),
    ),
    cutsAnywhere: normalizers.every(({ cutsAnywhere }) => cutsAnywhere === true),
    keepsSpaces: normalizers.every(keepsSpaces),
    removesBeginning: (text) =>
      normalizers.some(({ normalize, removesBeginning }) => {
        if (removesBeginning?.(text) === true) return true
        text = normalize(text)
        return false
      }),
  }
}

function keepsSpaces(normalizer: Normalizer): boolean {
  return normalizer.keepsSpaces === true
}
