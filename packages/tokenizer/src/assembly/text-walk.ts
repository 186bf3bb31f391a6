import { type Normalizer, normalizedBytes } from '../normalize/normalizer.ts'
import type { SpecialFinders } from '../special/special-rules.ts'
import type { SpecialTokenFinder } from '../special/special-token-finder.ts'
import type { IdBuffer } from './id-buffer.ts'
import type { StretchEncoder } from './stretch-encoder.ts'

/** A stretch of text, perhaps empty. */
interface Range {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly isFirst: boolean
}

/** Told the place of every added token, in the text as it is or normalized. */
export type OnToken = (start: number, end: number, bytes: Uint8Array) => void

const lenientDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The way through a text: added tokens, normalizing, added tokens of the normalized text, and what is between them. */
export class TextWalk {
  readonly #normalizer: Normalizer | undefined

  constructor(normalizer: Normalizer | undefined) {
    this.#normalizer = normalizer
  }

  /** Writes the ids of a text to `out`; false when it is not valid UTF-8. */
  run(
    bytes: Uint8Array,
    allowed: SpecialFinders,
    stretches: StretchEncoder,
    out: IdBuffer,
    onToken?: OnToken,
  ): boolean {
    // Texts are many and short, and hold no added token: nothing is made for those.
    if (
      this.#normalizer === undefined &&
      allowed.normalized === undefined &&
      allowed.raw?.find(bytes, 0, bytes.length) === undefined
    )
      return (
        bytes.length === 0 || stretches.encode({ bytes, start: 0, end: bytes.length, isFirst: true }, out)
      )
    const emit = (id: number, start: number, end: number, source: Uint8Array): void => {
      out.push(id)
      onToken?.(start, end, source)
    }
    const encodeText = (range: Range): boolean => range.start === range.end || stretches.encode(range, out)
    const { normalized } = allowed
    const normalizer = this.#normalizer
    const whole = { bytes, start: 0, end: bytes.length, isFirst: true }
    if (normalizer === undefined && normalized === undefined)
      return walk(whole, allowed.raw, emit, encodeText)
    return walk(whole, allowed.raw, emit, (range) => {
      const changed = normalizer === undefined ? range : normalizeRange(range, normalizer)
      return changed !== undefined && walk(changed, normalized, emit, encodeText)
    })
  }
}

/** Calls `emit` for the tokens that a finder finds, and `encodeText` for what is between; stops when that gives false. */
function walk(
  range: Range,
  finder: SpecialTokenFinder | undefined,
  emit: (id: number, start: number, end: number, bytes: Uint8Array) => void,
  encodeText: (range: Range) => boolean,
): boolean {
  if (finder === undefined) return encodeText(range)
  const { bytes, start, end } = range
  const textBetween = (from: number, to: number): boolean =>
    from >= to || encodeText({ bytes, start: from, end: to, isFirst: range.isFirst && from === start })
  let taken = start
  let searched = start
  for (;;) {
    const match = finder.find(bytes, searched, end, start, taken)
    if (match === undefined) break
    if (!textBetween(taken, match.start)) return false
    // All of it may be white space that the token before has taken: the reference drops what is empty then.
    if (match.start < match.end) emit(match.token.id, match.start, match.end, bytes)
    taken = match.end
    searched = match.textEnd
  }
  return textBetween(taken, end)
}

/** The normalized text of a range; undefined when it is not valid UTF-8. */
function normalizeRange(range: Range, normalizer: Normalizer): Range | undefined {
  const { bytes, start, end, isFirst } = range
  if (start === end || !normalizer.mayChange(bytes, start, end)) return range
  let changed: Uint8Array
  try {
    changed = normalizedBytes(normalizer, bytes, start, end)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
  return {
    bytes: changed,
    start: 0,
    end: changed.length,
    isFirst: isFirst && (bytes[start] === changed[0] || keepsBeginning(bytes, start, end, normalizer)),
  }
}

/** As many bytes of a text say what becomes of its beginning. */
const beginningBytes = 64

/** Whether a normalized text begins with what became of the first character of the text. */
function keepsBeginning(
  bytes: Uint8Array,
  start: number,
  end: number,
  { removesBeginning }: Normalizer,
): boolean {
  if (removesBeginning === undefined) return true
  const some = bytes.subarray(start, Math.min(end, start + beginningBytes))
  return !removesBeginning(lenientDecoder.decode(some))
}
