import { validLength } from '../invalid-utf8.ts'
import type { TokenModel } from '../model/token-model.ts'
import { Pieces, type PreTokenizerStep } from '../pretokenize/pieces.ts'
import type { StretchEncoder } from './stretch-encoder.ts'

/** Encodes stretches in general: every step of the pre-tokenizer cuts the pieces of the step before, the model encodes each of the last. */
export function piecewiseEncoder(
  steps: readonly PreTokenizerStep[],
  { encodePiece }: Pick<TokenModel, 'encodePiece'>,
): StretchEncoder {
  let pieces = new Pieces()
  let other = new Pieces()
  return {
    encode({ bytes, start, end, isFirst }, out) {
      if (validLength(bytes, start, end) < end - start) return false
      pieces.reset(bytes, isFirst)
      pieces.push(start, end)
      for (const step of steps) {
        step.cut(pieces, other)
        ;[pieces, other] = [other, pieces]
      }
      for (let i = 0; i < pieces.count; i++) {
        const from = pieces.starts[i]!
        const to = pieces.ends[i]!
        out.reserve(to - from)
        out.length = encodePiece(pieces.bytes, from, to, out.ids, out.length)
      }
      return true
    },
  }
}
