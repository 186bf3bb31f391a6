import { validLength } from '../invalid-utf8.ts'
import type { TokenModel } from '../model/token-model.ts'
import { Pieces, type PreTokenizerStep } from '../pretokenize/pieces.ts'
import type { IdBuffer } from './id-buffer.ts'
import type { StretchEncoder } from './stretch-encoder.ts'

/** Encodes stretches in general: every step of the pre-tokenizer cuts the pieces of the step before, the model encodes each of the last. */
export function piecewiseEncoder(
  steps: readonly PreTokenizerStep[],
  { encodePiece }: Pick<TokenModel, 'encodePiece'>,
): StretchEncoder {
  return stepwiseEncoder(steps, ({ bytes, starts, ends, count }, out) => {
    for (let i = 0; i < count; i++) {
      const from = starts[i]!
      const to = ends[i]!
      out.reserve(to - from)
      out.length = encodePiece(bytes, from, to, out.ids, out.length)
    }
  })
}

/** The same with a model that encodes all pieces of a stretch together. */
export function stepwiseEncoder(
  steps: readonly PreTokenizerStep[],
  encodePieces: (pieces: Pieces, out: IdBuffer) => void,
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
      encodePieces(pieces, out)
      return true
    },
  }
}
