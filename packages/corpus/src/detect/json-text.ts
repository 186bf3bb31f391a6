/** What a text that begins like JSON is: lines of objects, a list or an object over several lines, or just text. */
export type JsonShape = 'lines' | 'array' | 'object' | 'none'

/** Bytes of a text without a single line end that are enough to tell an object by its beginning. */
const unbrokenBytes = 1 << 15

/** Tells the shape of a text from its beginning, which may be cut. */
export function jsonShapeOf(head: Uint8Array): JsonShape {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length)
    .toString()
    .replace(/^\ufeff/, '')
    .trimStart()
  if (/^\[\s*(?:[{["\]]|-?\d|true|false|null)/.test(text)) return 'array'
  if (!text.startsWith('{')) return 'none'
  const lineFeed = text.indexOf('\n')
  if (lineFeed === -1 && text.length > unbrokenBytes) return /^\{\s*"/.test(text) ? 'lines' : 'none'
  if (isJson(lineFeed === -1 ? text : text.slice(0, lineFeed))) return 'lines'
  return /^\{\s*"(?:[^"\\]|\\.)*"\s*:/.test(text) || isJson(text) ? 'object' : 'none'
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
