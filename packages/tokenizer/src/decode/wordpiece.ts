import { cleanUp } from './clean-up.ts'
import type { DecodeStep } from './decode-step.ts'

/** WordPiece: joins what begins with the prefix to the token before, puts a space before every other. */
export function wordPiece(prefix: string, cleansUp: boolean): DecodeStep {
  return (tokens) =>
    tokens.map((token, i) => {
      const text = i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`
      return cleansUp ? cleanUp(text) : text
    })
}
