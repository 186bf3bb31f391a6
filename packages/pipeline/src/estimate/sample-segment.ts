import { performance } from 'node:perf_hooks'
import { expansionOf, readSegment, type ByteSource } from '@sluice/corpus'
import { isPoison } from '../errors.ts'
import type { PlannedSource } from '../plan/plan.ts'
import { frameLength, frameOf } from '../plan/document-frame.ts'
import { countWindowsOfText } from '../plan/window-cut.ts'
import type { Corpus } from '../sources/open-corpus.ts'
import { allowedSpecialOf, readOptionsOf } from '../sources/read-options.ts'
import { openPlannedSource } from '../sources/source-access.ts'
import type { RunSegment } from '../task/task.ts'

/** How much of a segment is read and tokenized. */
export interface Sampling {
  /** Bytes of text that are tokenized. */
  readonly textBytes: number
  /** Bytes of text that are read: where a sample cannot begin in the middle, it is spread over more than is tokenized. */
  readonly readBytes: number
  readonly onSample: OnSample
}

/** What is looked at for a sample: a document, or a piece of one, as UTF-8 or as little-endian uint32 ids. */
export interface SampledDocument {
  readonly kind: 'text' | 'ids'
  readonly bytes: Buffer
}

/** Told what is looked at for a sample. */
export type OnSample = (document: SampledDocument) => void

/** What was found in a segment. */
export interface Sample {
  /** All of the segment was read and tokenized. */
  readonly whole: boolean
  /** Bytes of the source that the counts are of. */
  readonly bytes: number
  readonly tokens: number
  readonly documents: number
  /** Of the documents, each cut for itself. */
  readonly windows: number
  /** What reading alone took, of tables and compressed sources; 0 of others, whose samples are read as they are. */
  readonly readSeconds: number
}

/** Whether a source is one document, whose segments hold pieces of it. An array may be one, or one a row. */
export function isOneDocument(planned: PlannedSource | undefined, { endId }: Corpus['config']): boolean {
  return planned?.format === 'txt' || (planned?.format.startsWith('ids-') === true && endId === undefined)
}

/** Whether a sample may end anywhere: what was read of the source is known to the byte. */
export function isCuttable({ format, compression }: PlannedSource): boolean {
  return compression === 'none' && (format === 'txt' || format === 'jsonl' || format === 'csv')
}

/** Counts the tokens of a document, or of the end of one piece of it. */
class TokenCounter {
  tokens = 0
  windows = 0
  /** What counting took. */
  seconds = 0
  readonly #corpus: Pick<Corpus, 'config' | 'tokenizer'>
  readonly #rules: NonNullable<Parameters<Corpus['tokenizer']['encoding']['count']>[1]>
  readonly #around: number
  readonly #onSample: OnSample
  #text: Buffer[] = []
  #ids: Buffer[] = []

  constructor(corpus: Pick<Corpus, 'config' | 'tokenizer'>, onSample: OnSample) {
    this.#onSample = onSample
    const { config, tokenizer } = corpus
    this.#corpus = corpus
    this.#rules = {
      allowedSpecial: allowedSpecialOf(config, tokenizer),
      disallowedSpecial: [],
      addSpecialTokens: false,
    }
    this.#around = frameLength(frameOf(tokenizer.identity)) + (config.separator === 'after' ? 1 : 0)
  }

  addText(bytes: Uint8Array): void {
    this.#text.push(Buffer.from(bytes))
  }

  addIds({ buffer, byteOffset, byteLength }: Uint32Array): void {
    this.#ids.push(Buffer.from(Buffer.from(buffer, byteOffset, byteLength)))
  }

  /** What was added is a document, or what is known of it. */
  end(): void {
    if (this.#text.length === 0 && this.#ids.length === 0) return
    const started = performance.now()
    const { config, tokenizer } = this.#corpus
    const text = Buffer.concat(this.#text)
    const ids = Buffer.concat(this.#ids)
    const ofText = text.length === 0 ? 0 : tokenizer.encoding.count(text, this.#rules)
    if (text.length > 0) this.#onSample({ kind: 'text', bytes: text })
    if (ids.length > 0) this.#onSample({ kind: 'ids', bytes: ids })
    const tokens = ids.length / Uint32Array.BYTES_PER_ELEMENT + ofText
    this.tokens += tokens
    this.windows += countWindowsOfText(tokens + this.#around, config)
    this.#text = []
    this.#ids = []
    this.seconds += (performance.now() - started) / 1000
  }
}

/** Reads a segment, or some of it, and counts what that holds. Faults of the content are left for the run to report. */
export function sampleSegment(corpus: Corpus, segment: RunSegment, sampling: Sampling): Promise<Sample> {
  const isSpread = sampling.readBytes > sampling.textBytes
  return isSpread ? sampleThroughout(corpus, segment, sampling) : sampleBeginning(corpus, segment, sampling)
}

/** Tokenizes the beginning of a segment; where that is all of it, all of it. */
async function sampleBeginning(
  corpus: Corpus,
  { source: index, segment, byteLength }: RunSegment,
  { textBytes, onSample }: Sampling,
): Promise<Sample> {
  const { sources, config, tokenizer, access } = corpus
  const planned = sources.at(index)!
  const counter = new TokenCounter(corpus, onSample)
  const seen = { bytes: 0, documents: 0 }
  const policies = { ...readOptionsOf(config, tokenizer.identity), onError: 'replace' } as const
  const isRecords = planned.format === 'jsonl' || planned.format === 'csv'
  let read = 0
  /** Bytes of the text that were counted: of the last document its beginning. */
  let counted = 0
  await using opened = await openPlannedSource(planned, access)
  const source = countReads(opened, (bytes) => (seen.bytes += bytes))
  let whole = true
  let end = 0
  try {
    reading: for await (const events of readSegment(source, planned, segment, policies)) {
      for (const event of events) {
        if (event.kind === 'start' && !event.continued) seen.documents++
        if (event.kind === 'end') {
          counter.end()
          end = event.position
          if (isRecords && read >= textBytes) {
            whole = false
            break reading
          }
        }
        if (event.kind === 'bytes') {
          const taken = event.bytes.subarray(0, Math.max(0, textBytes - read))
          counter.addText(taken)
          counted += taken.length
          read += event.bytes.length
          // The document is held whole, and its end says how much of the source it took.
          if (isRecords) continue
        } else if (event.kind === 'ids') {
          // Counting costs nothing: all that was read counts, as the bytes read do.
          counter.addIds(event.ids)
          read += event.ids.byteLength
          counted += event.ids.byteLength
          continue
        } else continue
        if (read < textBytes) continue
        whole = false
        break reading
      }
      if (read < textBytes) continue
      whole = false
      break
    }
  } catch (error) {
    if (!isPoison(error)) throw error
  }
  counter.end()
  // Text of a plain source is its own measure; of others what had to be read of the source for it.
  if (whole) seen.bytes = byteLength
  else if (planned.compression !== 'none' || isRecords || planned.format === 'txt') {
    // Of records the last was read to its end, and counted in part. Their positions are bytes of the decompressed source.
    const ofRecords = (end - textStart(segment)) * (counted / Math.max(1, read))
    const plain = isRecords ? Math.max(ofRecords, counted) : Math.min(read, textBytes)
    const expansion =
      planned.compression === 'none' ? 1 : await expansionOfSegment(opened, planned, segment, byteLength)
    seen.bytes = Math.min(byteLength, plain / expansion)
  }
  const { tokens, windows } = counter
  return { ...seen, tokens, windows, whole, readSeconds: 0 }
}

/** Text that is tokenized, or passed over, in one go: a block of this many bytes at most, and of a sample this many at least. */
const mostBlockBytes = 1 << 16
const leastBlocks = 64

/** Bytes that may have been read of a source, and not used, where it is left. */
const mostReadAhead = 4 << 20

/** Reads as much text as is allowed, and tokenizes some of it here and there. */
async function sampleThroughout(
  corpus: Corpus,
  { source: index, segment, byteLength }: RunSegment,
  { textBytes, readBytes, onSample }: Sampling,
): Promise<Sample> {
  const { sources, config, tokenizer, access } = corpus
  const planned = sources.at(index)!
  const counter = new TokenCounter(corpus, onSample)
  const isOne = isOneDocument(planned, config)
  await using opened = await openPlannedSource(planned, access)
  const expansion = await expansionOfSegment(opened, planned, segment, byteLength).catch(() => 1)
  // Of about as many blocks as there are one is tokenized.
  const period = Math.max(1, Math.floor(Math.min(readBytes, byteLength * expansion) / textBytes))
  const policies = { ...readOptionsOf(config, tokenizer.identity), onError: 'replace' } as const
  let stored = 0
  let documents = 0
  let read = 0
  let counted = 0
  let end = 0
  let isCounted = true
  let complete = true
  const source = countReads(opened, (bytes) => (stored += bytes))
  const blockBytes = Math.max(1, Math.min(mostBlockBytes, Math.floor(textBytes / leastBlocks)))
  const choose = (): boolean => Math.floor(read / blockBytes) % period === 0
  const pass = (bytes: Uint8Array): void => {
    if (isCounted) {
      counter.addText(bytes)
      counted += bytes.length
    } else counter.end()
    read += bytes.length
  }
  const passBlocks = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length;) {
      isCounted = choose()
      const piece = bytes.subarray(from, from + blockBytes - (read % blockBytes))
      from += piece.length
      pass(piece)
    }
  }
  const started = performance.now()
  try {
    reading: for await (const events of readSegment(source, planned, segment, policies)) {
      for (const event of events) {
        if (event.kind === 'start') {
          if (!event.continued) documents++
          if (!isOne) isCounted = choose()
        } else if (event.kind === 'bytes') {
          if (isOne) passBlocks(event.bytes)
          else pass(event.bytes)
        } else if (event.kind === 'ids') {
          // Counting costs nothing: all that was read counts.
          counter.addIds(event.ids)
          read += event.ids.byteLength
          counted += event.ids.byteLength
        } else if (event.kind === 'end') {
          counter.end()
          // Of lines and records this is a place in the decompressed source.
          end = event.position
        }
        if (read < readBytes || (!isOne && event.kind !== 'end')) continue
        complete = false
        break reading
      }
    }
  } catch (error) {
    if (!isPoison(error)) throw error
  }
  counter.end()
  const ofText = Math.max(read, end - textStart(segment))
  // A source is read ahead of its text: of a few bytes that is all of it, and the text says more.
  const storedOf = (): number =>
    stored > mostReadAhead || planned.compression === 'none' ? stored : ofText / expansion
  const scale = counted === 0 ? 0 : read / counted
  return {
    whole: complete && counted === read,
    bytes: complete ? byteLength : Math.min(byteLength, storedOf()),
    tokens: counter.tokens * scale,
    windows: counter.windows * scale,
    documents,
    readSeconds: (performance.now() - started) / 1000 - counter.seconds,
  }
}

/** Where a segment begins in the text of its source, which places in lines and records count from. */
function textStart(segment: RunSegment['segment']): number {
  return segment.kind === 'bytes' || segment.kind === 'blocks' ? segment.start : 0
}

/** Bytes of text for each that is stored: of blocks it is known, of the rest it is measured. */
async function expansionOfSegment(
  source: ByteSource,
  { compression }: PlannedSource,
  segment: RunSegment['segment'],
  byteLength: number,
): Promise<number> {
  if (segment.kind !== 'blocks' || segment.end === undefined) return expansionOf(source, compression)
  return (segment.end - segment.start) / byteLength
}

/** Wraps a source to count the bytes that are read of it. */
function countReads(source: ByteSource, onRead: (byteLength: number) => void): ByteSource {
  return {
    name: source.name,
    remote: source.remote,
    byteLength: source.byteLength,
    etag: source.etag,
    seekable: source.seekable,
    head: (byteLength) => source.head(byteLength),
    identify: () => source.identify(),
    read(start, end) {
      onRead(end - start)
      return source.read(start, end)
    },
    async *stream(range) {
      for await (const chunk of source.stream(range)) {
        onRead(chunk.length)
        yield chunk
      }
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  }
}
