import type { SourceFormat } from '../formats/source-format.ts'
import { positiveInteger } from '../documents/read-options.ts'
import { formatTable } from '../formats/index.ts'
import type { CuttableSource } from '../formats/format.ts'
import type { ByteSource } from '../bytes/byte-source.ts'
import type { FindSafeCut } from '../cut/cut-text.ts'
import { needsRandomAccess } from '../formats/random-access.ts'
import type { Segment } from '../cut/segment.ts'

/** Options of {@link planSegments}. */
export interface SegmentOptions {
  /**
   * Bytes a segment should have; it has more where no cut is possible, and a row group or record batch is never cut.
   * @minimum 1
   * @default 67108864 (64 MiB)
   */
  readonly targetBytes?: number
  /** Where a .txt may be cut. Without it a .txt is one segment. */
  readonly findSafeCut?: FindSafeCut
  /** The id that ends documents in flat files of ids and 1-D `.npy`. */
  readonly endId?: number
}

/**
 * Cuts a source into segments, reading only the bytes around each cut (or the metadata of a columnar file). The segments
 * are a function of the content and of the options alone.
 *
 * @throws CorpusError `not-seekable` for Parquet in a pipe or compressed as a whole, `broken-file`
 */
export async function planSegments(
  source: ByteSource,
  { format, compression }: SourceFormat,
  options: SegmentOptions = {},
): Promise<readonly Segment[]> {
  const targetBytes = positiveInteger('targetBytes', options.targetBytes ?? 64 * 2 ** 20)
  const { plan, randomAccess } = formatTable[format]
  if (compression !== 'none' || !isCuttable(source)) {
    if (randomAccess === true) throw needsRandomAccess(source.name, format)
    return [{ kind: 'whole' }]
  }
  return plan === undefined
    ? [{ kind: 'whole' }]
    : plan(source, { targetBytes, findSafeCut: options.findSafeCut, endId: options.endId })
}

function isCuttable(source: ByteSource): source is CuttableSource {
  return source.seekable && source.byteLength !== undefined
}
