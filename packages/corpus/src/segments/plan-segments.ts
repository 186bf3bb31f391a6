import { CorpusError } from '../errors.ts'
import type { SourceFormat } from '../detect/source-format.ts'
import { positiveInteger } from '../documents/read-options.ts'
import { indexArrow, type ArrowIndex } from '../formats/arrow-index.ts'
import { parquetRowGroups } from '../formats/parquet.ts'
import type { ByteSource } from '../sources/byte-source.ts'
import { cutLines } from './cut-lines.ts'
import { cutText, type FindSafeCut } from './cut-text.ts'
import { groupBatches } from './group-batches.ts'
import type { ByteSegment, Segment } from './segment.ts'

/** Options of {@link planSegments}. */
export interface SegmentOptions {
  /**
   * Bytes a segment should have; it has more where no cut is possible, and a row group or record batch is never cut.
   * @default 67108864 (64 MiB)
   */
  readonly targetBytes?: number
  /** Where a .txt may be cut. Without it a .txt is one segment. */
  readonly findSafeCut?: FindSafeCut
}

/**
 * Cuts a source into segments, reading only the bytes around each cut (or the metadata of a columnar file). The segments
 * are a function of the content and of the options alone.
 */
export async function planSegments(
  source: ByteSource,
  { format, compression }: SourceFormat,
  options: SegmentOptions = {},
): Promise<readonly Segment[]> {
  const targetBytes = positiveInteger('targetBytes', options.targetBytes ?? 64 * 2 ** 20)
  const { byteLength } = source
  if (compression !== 'none' || !source.seekable || byteLength === undefined) {
    if (format === 'parquet') throw parquetNeedsRandomAccess(source)
    return [{ kind: 'whole' }]
  }
  switch (format) {
    case 'txt':
      if (options.findSafeCut === undefined) return [{ kind: 'whole' }]
      return between(await cutText(source, byteLength, targetBytes, options.findSafeCut), byteLength)
    case 'jsonl':
      return between(await cutLines(source, byteLength, targetBytes), byteLength)
    case 'parquet':
      return groupBatches(await parquetRowGroups(source, byteLength), targetBytes).map((group) => ({
        kind: 'row-groups',
        ...group,
      }))
    case 'arrow-file':
    case 'arrow-stream':
      return recordBatchSegments(
        await indexArrow(source, byteLength, format),
        format === 'arrow-file',
        targetBytes,
      )
    case 'csv':
    default:
      return [{ kind: 'whole' }]
  }
}

/** Thrown for a Parquet file in a pipe or compressed as a whole. */
export function parquetNeedsRandomAccess(source: ByteSource): CorpusError {
  const why =
    'Parquet is read from its end, so it must be a plain file; decompress it or save it to a file (spoolSource)'
  return new CorpusError('not-seekable', why, { source: source.name })
}

function recordBatchSegments(
  index: ArrowIndex | undefined,
  schemaInFooter: boolean,
  targetBytes: number,
): Segment[] {
  if (index === undefined) return [{ kind: 'whole' }]
  const { prelude, batches } = index
  return groupBatches(batches, targetBytes).map(({ start, end, firstRow }) => ({
    kind: 'record-batches',
    start: batches[start]!.start,
    end: batches[end - 1]!.end,
    firstRow,
    prelude,
    schemaInFooter,
  }))
}

function between(cuts: readonly number[], byteLength: number): ByteSegment[] {
  const borders = [0, ...cuts, byteLength]
  return borders.slice(1).map((end, k) => ({ kind: 'bytes', start: borders[k]!, end }))
}
