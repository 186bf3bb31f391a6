/** What is replaced, in this order. */
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

/** The clean-up of the decoders WordPiece and CTC: no space before punctuation and English contractions. */
export function cleanUp(text: string): string {
  return cleanUps.reduce((clean, [from, to]) => clean.replaceAll(from, to), text)
}
