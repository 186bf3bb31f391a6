/**
 * The text with each character that `isMapped` says replaced by what `map` gives; everything else is copied in whole runs.
 *
 * @param isMapped asked once a character, so it must be cheap
 */
export function mapChars(
  text: string,
  isMapped: (codePoint: number) => boolean,
  map: (char: string, codePoint: number) => string,
): string {
  let mapped = ''
  let copied = 0
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at)!
    const end = at + (code > 0xffff ? 2 : 1)
    if (isMapped(code)) {
      mapped += text.slice(copied, at) + map(text.slice(at, end), code)
      copied = end
    }
    at = end
  }
  return copied === 0 ? text : mapped + text.slice(copied)
}
