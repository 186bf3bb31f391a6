import { detectFormat, type FormatOverride } from '../detect/detect-format.ts'
import type { SourceFormat } from '../formats/source-format.ts'
import type { DocumentStream } from '../documents/document-event.ts'
import { ProblemDesk } from '../documents/problem-desk.ts'
import { resolveReadOptions, type ReadOptions, type ResolvedReadOptions } from '../documents/read-options.ts'
import { CorpusError } from '../errors.ts'
import type { Format } from '../formats/format.ts'
import { formatTable } from '../formats/index.ts'
import type { ByteSource } from '../bytes/byte-source.ts'
import { limitText } from './limit-text.ts'
import { planSegments } from './plan-segments.ts'
import type { Segment } from '../cut/segment.ts'

/**
 * Reads the documents of one segment, in order. Memory is bounded whatever the input: by a chunk of input for text, by
 * `maxLineBytes` for a line, by `maxBatchBytes` for a page or record batch and by `maxWindowBytes` for a decompressor.
 *
 * @throws CorpusError while reading: what the policies of `options.onError` make fail, what exceeds a limit of
 *   {@link corpusLimits}, and what is wrong with the source
 */
export function readSegment(
  source: ByteSource,
  sourceFormat: SourceFormat,
  segment: Segment,
  options: ReadOptions = {},
): DocumentStream {
  return segment.kind === 'whole' && formatTable[sourceFormat.format].planFirst === true
    ? readPlanned(source, sourceFormat, options)
    : readOne(source, sourceFormat, segment, options)
}

function readOne(
  source: ByteSource,
  { format, compression }: SourceFormat,
  segment: Segment,
  options: ReadOptions,
): DocumentStream {
  const resolved = resolveReadOptions(options)
  const desk = new ProblemDesk(source.name, resolved)
  checkContent(source.name, format, resolved)
  const input = { source, compression, segment, options: resolved, desk }
  const documents = formatTable[format].read(input)
  // A plain text has the bytes that are stored, and no more.
  const isPlain = compression === 'none' && (segment.kind === 'bytes' || segment.kind === 'whole')
  return isPlain && formatTable[format].magic === undefined
    ? documents
    : limitText(documents, source, resolved)
}

/** A format that holds texts alone has no ids, and one of ids no texts. */
function checkContent(source: string, format: Format, { ids }: ResolvedReadOptions): void {
  const { holds = 'texts' } = formatTable[format]
  if (ids === undefined ? holds !== 'ids' : holds !== 'texts') return
  const message =
    ids === undefined ? `${format} holds ids, which need the option \`ids\`` : `${format} holds no ids`
  throw new CorpusError('invalid-options', message, { source })
}

/** Options of {@link readDocuments}: how to read, and what the source is where its content does not tell. */
export interface DocumentOptions extends ReadOptions, FormatOverride {}

/** Reads all documents of a source, in order, in one pass. */
export async function* readDocuments(source: ByteSource, options: DocumentOptions = {}): DocumentStream {
  yield* readSegment(source, await detectFormat(source, options), { kind: 'whole' }, options)
}

/** A whole file whose parts are known by what it says of itself. */
async function* readPlanned(
  source: ByteSource,
  sourceFormat: SourceFormat,
  options: ReadOptions,
): DocumentStream {
  for (const segment of await planSegments(source, sourceFormat))
    yield* readOne(source, sourceFormat, segment, options)
}
