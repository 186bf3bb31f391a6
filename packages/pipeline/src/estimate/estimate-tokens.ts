import { readerOf } from '@sluice/dataset'
import { expansionOf, readSegment, type ByteSource } from '@sluice/corpus'
import type { PlannedSource } from '../plan/plan.ts'
import { isPoison } from '../errors.ts'
import type { Corpus } from '../sources/open-corpus.ts'
import { openPlannedSource } from '../sources/source-access.ts'
import { membersOf } from '../task/source-group.ts'
import type { RunSegment } from '../task/task.ts'
import { frameLength, frameOf } from '../plan/document-frame.ts'
import { countWindowsOfText } from '../plan/window-cut.ts'
import { allowedSpecialOf, readOptionsOf } from '../sources/read-options.ts'

/** How much is tokenized to learn how many ids the corpus makes. */
const sampleSegments = 8
const sampleTextBytes = 1 << 16
/** A corpus up to this size is counted whole. */
const exactByteLength = sampleSegments * sampleTextBytes
/** Files of such a corpus, at most. */
const exactSegments = 1024

/** How many ids and documents a corpus holds. */
export interface TokenEstimate {
  readonly tokens: number
  readonly documents: number
  readonly windows: number
  /** Every byte was counted. */
  readonly exact: boolean
  /** Source bytes that were read for it. */
  readonly sampledBytes: number
}

/**
 * Counts the ids of a small corpus; of a large one tokenizes the beginning of a few segments, spread evenly, and scales up:
 * plain texts, whose documents need no counting, apart from the other formats. Faults of the content are left for the
 * run to report.
 */
export async function estimateTokens(corpus: Corpus, tasks: readonly RunSegment[]): Promise<TokenEstimate> {
  const { sources, config, tokenizer } = corpus
  const reader = readerOf(sources)
  const members = await Promise.all(tasks.map((segment) => membersOf(segment, reader)))
  const segments = members.flat()
  const exact =
    segments.length <= exactSegments &&
    segments.reduce((sum, { byteLength }) => sum + byteLength, 0) <= exactByteLength
  const isText = ({ source }: RunSegment): boolean => isOneDocument(sources[source], config)
  const sample = (chosen: RunSegment): Promise<Sample> =>
    sampleSegment(corpus, chosen, mostText(sources[chosen.source]!, exact))
  const texts = await scaleUp(segments.filter(isText), exact, sample)
  const records = await scaleUp(
    segments.filter((segment) => !isText(segment)),
    exact,
    sample,
  )
  const textDocuments = new Set(segments.filter(isText).map(({ source }) => source)).size
  const documents = textDocuments + Math.round(records.documents)
  const separators = { between: Math.max(0, documents - 1), after: documents, none: 0 }[config.separator]
  const framed = documents * frameLength(frameOf(tokenizer.identity))
  const tokens = Math.round(texts.tokens + records.tokens) + separators + framed
  const { boundary, packing, maxLength } = config
  const countWindows = (): number => {
    if (boundary === 'cross') return countWindowsOfText(tokens, config)
    // Packed windows are nearly full.
    if (packing !== 'none') return Math.ceil(tokens / maxLength)
    return Math.round(texts.windows + records.windows)
  }
  return {
    tokens,
    documents,
    windows: countWindows(),
    // The windows of a text of several segments were counted piece by piece, and are about right.
    exact:
      exact &&
      texts.whole &&
      records.whole &&
      packing === 'none' &&
      (boundary === 'cross' || textDocuments === segments.filter(isText).length),
    sampledBytes: texts.sampledBytes + records.sampledBytes,
  }
}

/** Whether a source is one document, whose segments hold pieces of it. An array may be one, or one a row. */
function isOneDocument(planned: PlannedSource | undefined, { endId }: Corpus['config']): boolean {
  return planned?.format === 'txt' || (planned?.format.startsWith('ids-') === true && endId === undefined)
}

/** How much text of a segment is sampled. A small file may give any amount of text if it is compressed or a table. */
function mostText({ format, compression }: PlannedSource, exact: boolean): number {
  if (!exact) return sampleTextBytes
  return compression === 'none' && (format === 'txt' || format === 'jsonl' || format === 'csv')
    ? Infinity
    : exactByteLength
}

interface Sample {
  /** All of the segment was read. */
  readonly whole: boolean
  readonly bytes: number
  readonly tokens: number
  readonly documents: number
  /** Of the documents, each cut for itself. */
  readonly windows: number
}

async function scaleUp(
  segments: readonly RunSegment[],
  exact: boolean,
  sample: (segment: RunSegment) => Promise<Sample>,
): Promise<Omit<Sample, 'bytes'> & { readonly sampledBytes: number }> {
  let whole = true
  const samples = segments.length > exactSegments ? 8 * sampleSegments : sampleSegments
  const step = exact ? 1 : Math.max(1, Math.floor(segments.length / samples))
  const seen = { bytes: 0, tokens: 0, documents: 0, windows: 0 }
  const end = exact ? segments.length : Math.min(segments.length, step * samples)
  for (let at = 0; at < end; at += step) {
    const { bytes, tokens, documents, windows, ...read } = await sample(segments[at]!)
    whole &&= read.whole
    seen.bytes += bytes
    seen.tokens += tokens
    seen.documents += documents
    seen.windows += windows
  }
  const totalBytes = segments.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const scale = (exact && whole) || seen.bytes === 0 ? 1 : totalBytes / seen.bytes
  return {
    tokens: seen.tokens * scale,
    documents: seen.documents * scale,
    windows: seen.windows * scale,
    sampledBytes: seen.bytes,
    whole,
  }
}

async function sampleSegment(
  { sources, config, tokenizer, access }: Corpus,
  { source: index, segment, byteLength }: RunSegment,
  textBytes: number,
): Promise<Sample> {
  const planned = sources[index]!
  const seen = { bytes: 0, tokens: 0, documents: 0, windows: 0 }
  const { encoding } = tokenizer
  const allowedSpecial = allowedSpecialOf(config, tokenizer)
  const rules = { allowedSpecial, disallowedSpecial: [], addSpecialTokens: false }
  const policies = { ...readOptionsOf(config, tokenizer.identity), onError: 'replace' } as const
  const around = frameLength(frameOf(tokenizer.identity)) + (config.separator === 'after' ? 1 : 0)
  const isRecords = planned.format === 'jsonl' || planned.format === 'csv'
  let text: Buffer[] = []
  let ids = 0
  let read = 0
  /** Bytes of the text that were counted: of the last document its beginning. */
  let counted = 0
  const count = (): void => {
    if (text.length === 0 && ids === 0) return
    const tokens = ids + (text.length === 0 ? 0 : encoding.count(Buffer.concat(text), rules))
    seen.tokens += tokens
    seen.windows += countWindowsOfText(tokens + around, config)
    text = []
    ids = 0
  }
  await using opened = await openPlannedSource(planned, access)
  const source = countReads(opened, (bytes) => (seen.bytes += bytes))
  let whole = true
  let end = 0
  try {
    reading: for await (const events of readSegment(source, planned, segment, policies)) {
      for (const event of events) {
        if (event.kind === 'start' && !event.continued) seen.documents++
        if (event.kind === 'end') {
          count()
          end = event.position
          if (isRecords && read >= textBytes) {
            whole = false
            break reading
          }
        }
        if (event.kind === 'bytes') {
          const taken = event.bytes.subarray(0, Math.max(0, textBytes - read))
          text.push(Buffer.from(taken))
          counted += taken.length
          read += event.bytes.length
          // The document is held whole, and its end says how much of the source it took.
          if (isRecords) continue
        } else if (event.kind === 'ids') {
          // Counting costs nothing: all that was read counts, as the bytes read do.
          ids += event.ids.length
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
  count()
  // Text of a plain source is its own measure; of others what had to be read of the source for it.
  if (whole) seen.bytes = byteLength
  else if (isRecords && planned.compression === 'none' && read > 0)
    seen.bytes = (end - (segment.kind === 'bytes' ? segment.start : 0)) * (counted / read)
  else if (planned.compression === 'none' && planned.format === 'txt') seen.bytes = Math.min(read, textBytes)
  else if (planned.compression !== 'none') {
    // Positions in lines and records are bytes of the decompressed source; what was read of it lies before them.
    const plain =
      planned.format === 'txt' ? Math.min(read, textBytes) : Math.max(end, Math.min(read, textBytes))
    seen.bytes = Math.min(byteLength, plain / (await expansionOf(opened, planned.compression)))
  }
  return { ...seen, whole }
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
