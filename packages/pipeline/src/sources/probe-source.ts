import { corpusLimits, readSegment, type ByteSource, type SourceFormat } from '@sluice/corpus'
import { BlockEncoder, type Encoding } from '@sluice/tokenizer'
import type { RunConfig } from '../plan/run-config.ts'
import { runLimits } from '../plan/run-limits.ts'
import { readOptionsOf } from './read-options.ts'
import { namingUnbroken } from './unbroken-text.ts'

/** Sources of fewer bytes are hashed in a moment. */
export const largeBytes = 256 << 20

/** Bytes that are read of one at most, however large a line may be. */
const mostBytes = 256 << 20

/**
 * Reads the beginning of a large source as a run will read it: what no run can read is refused in seconds, not after gigabytes of it
 * were hashed. It holds as much of the source as the longest line and the longest piece of text may have.
 *
 * @param encodingOf loads the tokenizer; asked for where the beginning has a long piece without a space or a line break
 * @throws CorpusError, TokenizerError as reading all of it would
 */
export async function probeSource(
  source: ByteSource,
  format: SourceFormat,
  config: RunConfig,
  encodingOf: () => Promise<Encoding | undefined>,
): Promise<void> {
  if (config.format === 'ids') return
  const maxPieceBytes = config.maxPieceBytes ?? runLimits.pieceBytes.default
  const longest = Math.max(config.maxLineBytes ?? corpusLimits.lineBytes.default, maxPieceBytes)
  const bytes = Math.min(mostBytes, longest + (1 << 20))
  const breaks = new BreakFinder(maxPieceBytes)
  await readBeginning(source, format, config, bytes, (text) => {
    breaks.add(text)
  })
  if (!breaks.isUnbroken) return
  const encoding = await encodingOf()
  if (encoding === undefined) return
  const encoder = new BlockEncoder(encoding, { allowedSpecial: [], maxPieceBytes })
  await readBeginning(source, format, config, bytes, (text, position) => {
    for (const _ of namingUnbroken(source, position, encoder.push(text)));
  })
}

async function readBeginning(
  source: ByteSource,
  format: SourceFormat,
  config: RunConfig,
  bytes: number,
  onText: (text: Uint8Array, position: number) => void,
): Promise<void> {
  const beginning = new Beginning(source, bytes)
  const options = readOptionsOf(config, { vocabSize: 0 })
  let given = 0
  let position = 0
  try {
    for await (const events of readSegment(beginning, format, { kind: 'whole' }, options)) {
      for (const event of events) {
        if (event.kind === 'start') position = event.position
        if (event.kind !== 'bytes') continue
        given += event.bytes.length
        onText(event.bytes, position)
      }
      if (given >= bytes) return
    }
  } catch (error) {
    // What was cut off here is no fault of the source.
    if (!beginning.isOver) throw error
  }
}

/** Tells whether a text has a piece of more bytes than a limit without a space or a line break: maybe a piece that cannot be cut. */
class BreakFinder {
  readonly #most: number
  /** Bytes since the last space or line break. */
  #since = 0
  isUnbroken = false

  constructor(most: number) {
    this.#most = most
  }

  add(text: Uint8Array): void {
    const last = Math.max(text.lastIndexOf(0x20), text.lastIndexOf(0x0a))
    if (last === -1) this.#since += text.length
    else {
      const first = text.findIndex((byte) => byte === 0x20 || byte === 0x0a)
      this.isUnbroken ||= this.#since + first > this.#most
      this.#since = text.length - 1 - last
    }
    this.isUnbroken ||= this.#since > this.#most
  }
}

class BeginningOver extends Error {}

/** A source of which only the beginning can be read. What lies at its end, such as a footer, counts as well. */
class Beginning implements ByteSource {
  readonly name: string
  readonly byteLength: number | undefined
  readonly seekable: boolean
  readonly remote: boolean
  readonly etag: string | undefined
  readonly #source: ByteSource
  #left: number
  isOver = false

  constructor(source: ByteSource, bytes: number) {
    this.name = source.name
    this.byteLength = source.byteLength
    this.seekable = source.seekable
    this.remote = source.remote
    this.etag = source.etag
    this.#source = source
    this.#left = bytes
  }

  head(byteLength: number): Promise<Uint8Array> {
    return this.#source.head(byteLength)
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    this.#take(end - start)
    return this.#source.read(start, end)
  }

  async *stream(range?: Parameters<ByteSource['stream']>[0]): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#source.stream(range)) {
      this.#take(chunk.length)
      yield chunk
    }
  }

  identify(): ReturnType<ByteSource['identify']> {
    return this.#source.identify()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The source belongs to whoever gave it.
  }

  #take(bytes: number): void {
    this.#left -= bytes
    if (this.#left >= 0) return
    this.isOver = true
    throw new BeginningOver()
  }
}
