import type { DecodeStep } from './decode-step.ts'

/** What the clean-up of a WordPiece decoder replaces, in this order. */
const cleanUps: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
]

/** WordPiece: joins what begins with the prefix to the token before, puts a space before every other. */
export function wordPiece(prefix: string, cleansUp: boolean): DecodeStep {
  return (tokens) =>
    tokens.map((token, i) => {
      const text = i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`
      return cleansUp ? cleanUps.reduce((clean, [from, to]) => clean.replaceAll(from, to), text) : text
    })
}
