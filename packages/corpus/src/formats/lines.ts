/** One line: `bytes[start, end)` without its line feed, valid until the next batch. */
export interface Line {
  readonly bytes: Uint8Array
  /** Offset in the source. */
  readonly position: number
  /** Over-long lines come without their bytes. */
  readonly tooLong: boolean
  /** All of the line is known to be UTF-8, so nobody needs to look again. */
  readonly cleanUtf8: boolean
}

const newline = 0x0a
const nothing = new Uint8Array(0)

/**
 * Cuts a stream at line feeds, one batch of lines for each chunk. A line longer than `maxLineBytes` comes as soon as it is so long, and
 * the rest of it is passed over; the last line needs no line feed.
 *
 * @param isUtf8 asked once for each chunk, which is cheaper than once for each line
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  start: number,
  maxLineBytes: number,
  isUtf8: (bytes: Uint8Array) => boolean,
): AsyncGenerator<readonly Line[], void, undefined> {
  /** The beginning of a line that continues in the next chunk. */
  let held: Uint8Array[] = []
  let heldBytes = 0
  let lineStart = start
  /** The line was given as too long; its end is still to come. */
  let passing = false
  const finish = (last: Uint8Array, cleanUtf8: boolean): Line | undefined => {
    const position = lineStart
    const length = heldBytes + last.length
    const tooLong = length > maxLineBytes
    const isGiven = passing
    passing = false
    const bytes = tooLong ? nothing : heldBytes === 0 ? last : Buffer.concat([...held, last], length)
    held = []
    lineStart = position + length + 1
    const clean = cleanUtf8 && heldBytes === 0
    heldBytes = 0
    return isGiven ? undefined : { bytes, position, tooLong, cleanUtf8: clean }
  }
  for await (const chunk of chunks) {
    const lines: Line[] = []
    let at = 0
    let lineFeed = chunk.indexOf(newline)
    const firstFeed = lineFeed
    const lastFeed = chunk.lastIndexOf(newline)
    // Only the lines that lie wholly in the chunk: its ends may cut a character.
    const clean = lastFeed > firstFeed && isUtf8(chunk.subarray(firstFeed + 1, lastFeed))
    while (lineFeed !== -1) {
      const line = finish(chunk.subarray(at, lineFeed), clean && at > firstFeed)
      if (line !== undefined) lines.push(line)
      at = lineFeed + 1
      lineFeed = chunk.indexOf(newline, at)
    }
    const rest = chunk.length - at
    heldBytes += rest
    if (heldBytes <= maxLineBytes) held.push(new Uint8Array(chunk.subarray(at)))
    else {
      held = []
      if (!passing) lines.push({ bytes: nothing, position: lineStart, tooLong: true, cleanUtf8: false })
      passing = true
    }
    if (lines.length > 0) yield lines
  }
  const last = heldBytes > 0 ? finish(nothing, false) : undefined
  if (last !== undefined) yield [last]
}
