/**
 * WordPiece by its definition: the longest token that a word starts with, then the longest that continues it. Undefined for a word with
 * a rest that no token starts. Kept to test the fast search against.
 */
export function longestFirst(
  word: string,
  tokens: ReadonlySet<string>,
  continuingPrefix: string,
): string[] | undefined {
  const found: string[] = []
  let rest = Array.from(word)
  while (rest.length > 0) {
    const prefix = found.length === 0 ? '' : continuingPrefix
    let length = rest.length
    while (length > 0 && !tokens.has(prefix + rest.slice(0, length).join(''))) length--
    if (length === 0) return undefined
    found.push(prefix + rest.slice(0, length).join(''))
    rest = rest.slice(length)
  }
  return found
}
