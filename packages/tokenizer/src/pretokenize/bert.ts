import { charMatches, isWhiteSpace, punctuationTest } from './class-pattern.ts'
import { Pieces, type PreTokenizerStep } from './pieces.ts'
import { splitStep } from './split.ts'

/** BertPreTokenizer: cuts at white space, which is removed, and around each punctuation character. */
export function bertPreTokenizer(): PreTokenizerStep {
  const words = splitStep(charMatches(isWhiteSpace, false), 'Removed', false)
  const punctuation = splitStep(charMatches(punctuationTest(), false), 'Isolated', false)
  const between = new Pieces()
  return {
    beforeSpace: 'border',
    keepsText: false,
    cut(from, to) {
      words.cut(from, between)
      punctuation.cut(between, to)
    },
  }
}
