import { literalPattern } from '../pretokenize/literal-pattern.ts'
import { cleanUp } from './clean-up.ts'
import type { DecodeStep } from './decode-step.ts'

/** What a CTC decoder takes away. */
export interface CtcOptions {
  /** The token of nothing, that stands between equal ones. */
  readonly padToken: string
  /** The token that becomes a space. */
  readonly wordDelimiterToken: string
  readonly cleansUp: boolean
}

/** CTC: of equal neighbours one is left, the padding is nothing, delimiters are spaces where it cleans up. */
export function ctc({ padToken, wordDelimiterToken, cleansUp }: CtcOptions): DecodeStep {
  const padding = literalPattern(padToken)
  const delimiter = literalPattern(wordDelimiterToken)
  return (tokens) =>
    tokens
      .filter((token, i) => i === 0 || token !== tokens[i - 1])
      .map((token) => {
        const text = padding.replace(token, '')
        return cleansUp ? delimiter.replace(cleanUp(text), ' ') : text
      })
      .filter((text) => text !== '')
}
