import { literalPattern } from '../pretokenize/literal-pattern.ts'
import type { DecodeStep } from './decode-step.ts'

/** BPEDecoder: makes a space of the suffix that ends words, nothing in the last token. */
export function spacesOfWordEnds(suffix: string): DecodeStep {
  const pattern = literalPattern(suffix)
  return (tokens) => tokens.map((token, i) => pattern.replace(token, i + 1 === tokens.length ? '' : ' '))
}
