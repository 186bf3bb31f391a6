import { TokenizerError } from '../../errors.ts'
import { type ModelProto, PieceType } from './model-proto.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/**
 * Makes the decoder of a SentencePiece model, as its `Decode`: `▁` is a space, the one before the text goes away, control pieces are
 * nothing, the unknown piece is ` ⁇ `, and of bytes that are not UTF-8 each is U+FFFD.
 *
 * @throws TokenizerError `unknown-token`, when called, for an id without a token
 */
export function createDecode(proto: ModelProto): (ids: Iterable<number>) => string {
  const { pieces, addDummyPrefix, removeExtraWhitespaces, unkSurface } = proto

  return function decode(ids) {
    let text = ''
    let bytes: number[] = []
    let hasSpace = false
    for (const id of ids) {
      const piece = pieces[id]
      if (piece === undefined) {
        throw new TokenizerError(
          'unknown-token',
          `Expected a token id of this encoding (0 to ${pieces.length - 1}), got ${id}`,
        )
      }
      if (piece.type === PieceType.byte) {
        bytes.push(Number.parseInt(piece.text.slice(3, 5), 16))
        continue
      }
      text += textOfBytes(bytes)
      bytes = []
      const isFirst: boolean = !hasSpace && text === ''
      hasSpace = false
      if (piece.type === PieceType.control) continue
      if (piece.type === PieceType.unknown) {
        text += unkSurface
        continue
      }
      const takesSpace: boolean =
        isFirst && (addDummyPrefix || removeExtraWhitespaces) && piece.text.startsWith('▁')
      // Of spaces that are too many none is kept; of others only the one that was put there is taken away.
      hasSpace = takesSpace && !removeExtraWhitespaces
      text += (takesSpace ? piece.text.slice(1) : piece.text).replaceAll('▁', ' ')
    }
    return text + textOfBytes(bytes)
  }
}

/** The text of bytes; of those that are not UTF-8 each is U+FFFD. */
function textOfBytes(bytes: readonly number[]): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    const char = tryDecode(Uint8Array.from(bytes.slice(at, at + length)))
    text += char ?? '\ufffd'
    at += char === undefined ? 1 : length
  }
  return text
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
