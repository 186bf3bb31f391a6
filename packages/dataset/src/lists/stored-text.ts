/** Begins what is written of a text that is not well-formed: no name of a file or URL has it. */
const mark = '\0'

/**
 * A text as Arrow can hold it, which has UTF-8 only. The name of a file may be any bytes, those that are not UTF-8 standing in it as
 * half surrogates: such a text is written as a NUL and the text with the escapes of JSON.
 */
export function storedText(text: string): string {
  return text.isWellFormed() && !text.startsWith(mark) ? text : mark + JSON.stringify(text).slice(1, -1)
}

/**
 * The text that {@link storedText} wrote.
 *
 * @throws Error for what it does not write
 */
export function textOfStored(stored: string): string {
  if (!stored.startsWith(mark)) return stored
  const text: unknown = JSON.parse(`"${stored.slice(mark.length)}"`)
  if (typeof text === 'string' && storedText(text) === stored) return text
  throw new Error('no text of a list')
}
