import type { Encoding } from '@sluice/tokenizer'

/** What a window must hold, computed the obvious way: everything at once, in memory, one array after the other. */
export interface SlowWindow {
  readonly inputIds: readonly number[]
  readonly targetIds: readonly number[]
  readonly source: number
  readonly byteStart: number
  readonly byteEnd: number
}

interface PlacedId {
  readonly id: number
  readonly source: number
  readonly start: number
  readonly end: number
}

export interface SlowOptions {
  readonly maxLength: number
  readonly stride: number
  readonly separator: 'between' | 'after' | 'none'
}

/** Each text is one document of one source. */
export function slowWindows(
  texts: readonly string[],
  encoding: Encoding,
  options: SlowOptions,
): SlowWindow[] {
  const { maxLength, stride, separator } = options
  const documents = texts.map((text, source) => ({ text, source })).filter(({ text }) => text !== '')
  const stream: PlacedId[] = []
  for (const [index, { text, source }] of documents.entries()) {
    if (separator === 'between' && index > 0)
      stream.push({ id: encoding.endOfTextId, source, start: 0, end: 0 })
    let start = 0
    for (const id of encoding.encode(text, { allowedSpecial: ['<|endoftext|>'] })) {
      const end = start + encoding.decodeBytes([id]).length
      stream.push({ id, source, start, end })
      start = end
    }
    if (separator === 'after') stream.push({ id: encoding.endOfTextId, source, start, end: start })
  }
  const windows: SlowWindow[] = []
  for (let at = 0; at < stream.length - maxLength; at += stride) {
    const window = stream.slice(at, at + maxLength)
    const { source, start } = window[0]!
    windows.push({
      inputIds: window.map(({ id }) => id),
      targetIds: stream.slice(at + 1, at + maxLength + 1).map(({ id }) => id),
      source,
      byteStart: start,
      byteEnd: window.filter((placed) => placed.source === source).at(-1)!.end,
    })
  }
  return windows
}
