import { decompress } from '../compression/compression.ts'
import { detectFormat, type FormatOverride } from '../detect/detect-format.ts'
import type { SourceFormat } from '../detect/source-format.ts'
import type { DocumentStream } from '../documents/document-event.ts'
import { ProblemDesk } from '../documents/problem-desk.ts'
import { resolveReadOptions, type ReadOptions } from '../documents/read-options.ts'
import { readArrowBatches, readArrowStream } from '../formats/arrow.ts'
import { readCsv } from '../formats/csv.ts'
import { readJsonl } from '../formats/jsonl.ts'
import { readParquet } from '../formats/parquet.ts'
import { readTxt } from '../formats/txt.ts'
import type { ByteSource } from '../sources/byte-source.ts'
import { parquetNeedsRandomAccess, planSegments } from './plan-segments.ts'
import type { Segment } from './segment.ts'

/**
 * The documents of one segment, in order. Memory is bounded whatever the input: by a chunk of input for text, by
 * `maxLineBytes` for a line and by `maxBatchBytes` for a row group or record batch.
 *
 * @throws CorpusError while reading: what the policies of `options.onError` make fail, and what is wrong with the source
 */
export function readSegment(
  source: ByteSource,
  sourceFormat: SourceFormat,
  segment: Segment,
  options: ReadOptions = {},
): DocumentStream {
  const resolved = resolveReadOptions(options)
  const desk = new ProblemDesk(source.name, resolved)
  if (segment.kind === 'row-groups') return readParquet(source, segment, resolved, desk)
  if (segment.kind === 'record-batches') return readArrowBatches(source, segment, resolved, desk)
  if (sourceFormat.format === 'parquet') throw parquetNeedsRandomAccess(source)
  const range = segment.kind === 'bytes' ? { start: segment.start, end: segment.end } : {}
  const chunks = decompress(source.stream(range), sourceFormat.compression, source.name)
  const start = range.start ?? 0
  switch (sourceFormat.format) {
    case 'txt': {
      const continues = range.end !== undefined && range.end !== source.byteLength
      return readTxt(chunks, { position: start, continued: start > 0, continues }, desk)
    }
    case 'jsonl':
      return readJsonl(chunks, start, resolved, desk)
    case 'csv':
      return readCsv(chunks, source.name, resolved, desk)
    case 'arrow-file':
    case 'arrow-stream':
    default:
      return readArrowStream(chunks, source.name, 0, resolved, desk)
  }
}

/** Options of {@link readDocuments}: how to read, and what the source is where its content does not tell. */
export interface DocumentOptions extends ReadOptions, FormatOverride {}

/** All documents of a source, in order, in one pass. */
export async function* readDocuments(source: ByteSource, options: DocumentOptions = {}): DocumentStream {
  const sourceFormat = await detectFormat(source, options)
  if (sourceFormat.format === 'parquet' || sourceFormat.format === 'arrow-file') {
    for (const segment of await planSegments(source, sourceFormat))
      yield* readSegment(source, sourceFormat, segment, options)
  } else yield* readSegment(source, sourceFormat, { kind: 'whole' }, options)
}
