import { validLength } from '../invalid-utf8.ts'
import type { TokenModel } from '../model/token-model.ts'
import type { Stretch, StretchEncoder } from './stretch-encoder.ts'

/** How spaces are written for a model. */
export interface SpaceMark {
  /** The character that is written for each. */
  readonly character: string
  /** Whether one is put before a text: before every stretch, before one that does not begin with it, or only before such a one that begins a text. */
  readonly prepended: 'always' | 'unless-there' | 'at-first' | 'never'
}

const utf8 = new TextEncoder()

/** Encodes stretches as they are by a model that takes spaces for its mark: the text with marks need not be made. */
export function markedSpaces(
  { encodePiece }: Pick<TokenModel, 'encodePiece'>,
  { character, prepended }: SpaceMark,
): StretchEncoder {
  const mark = utf8.encode(character)
  const begins = ({ bytes, start, end }: Stretch): boolean =>
    bytes[start] === 0x20 ||
    (end - start >= mark.length && mark.every((byte, i) => bytes[start + i] === byte))
  const isPrepended = (stretch: Stretch): boolean => {
    if (prepended === 'never' || (prepended === 'at-first' && !stretch.isFirst)) return false
    return prepended === 'always' || !begins(stretch)
  }
  return {
    encode(stretch, out) {
      const { bytes, start, end } = stretch
      if (validLength(bytes, start, end) < end - start) return false
      out.reserve(end - start + 1)
      if (isPrepended(stretch)) {
        const marked = new Uint8Array(end - start + 1)
        marked[0] = 0x20
        marked.set(bytes.subarray(start, end), 1)
        out.length = encodePiece(marked, 0, marked.length, out.ids, out.length)
      } else {
        out.length = encodePiece(bytes, start, end, out.ids, out.length)
      }
      return true
    },
  }
}
