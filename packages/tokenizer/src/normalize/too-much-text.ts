import { TokenizerError } from '../errors.ts'

/** Bytes that a text may become: as long as a string can be. */
export const mostNormalizedBytes = 0x1fffffe8

/** The refusal of a normalizer that makes more of a text than any other step can take. */
export function tooMuchText(byteLength: number): TokenizerError {
  return new TokenizerError(
    'unsupported-component',
    `Expected a normalizer to make at most ${mostNormalizedBytes} bytes of a text, got more of ${byteLength}: cut the text, or use another tokenizer`,
  )
}
