import type { OrdinaryEncoder } from '../bpe/ordinary-encoder.ts'
import type { IdBuffer } from './id-buffer.ts'

/** Normalized text between two added tokens: `bytes[start, end)`, never empty. */
export interface Stretch {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** Whether it begins where the whole text begins. */
  readonly isFirst: boolean
}

/** Cuts a stretch into pieces and encodes them. */
export interface StretchEncoder {
  /** Writes the ids; false when the bytes are not valid UTF-8. */
  readonly encode: (stretch: Stretch, out: IdBuffer) => boolean
}

/** The stretch encoder of a pre-tokenizer and a model that work as one. */
export function ordinaryStretchEncoder({ encode }: OrdinaryEncoder): StretchEncoder {
  return {
    encode({ bytes, start, end }, out) {
      out.reserve(end - start)
      const length = encode(bytes, start, end, out.ids, out.length)
      if (length < 0) return false
      out.length = length
      return true
    },
  }
}

/** Puts a space before each stretch that does not begin with one. */
export function withPrefixSpace(inner: StretchEncoder): StretchEncoder {
  return {
    encode(stretch, out) {
      const { bytes, start, end } = stretch
      if (bytes[start] === 0x20) return inner.encode(stretch, out)
      const prefixed = new Uint8Array(end - start + 1)
      prefixed[0] = 0x20
      prefixed.set(bytes.subarray(start, end), 1)
      return inner.encode({ ...stretch, bytes: prefixed, start: 0, end: prefixed.length }, out)
    },
  }
}
