import type { SourceFormat } from '../formats/source-format.ts'
import { compressionTable } from '../compression/index.ts'
import { decompress } from '../compression/decompress.ts'
import { cutBlocks } from '../cut/cut-blocks.ts'
import { positiveInteger, resolveReadOptions, type ReadOptions } from '../documents/read-options.ts'
import { formatTable } from '../formats/index.ts'
import type { CuttableSource } from '../formats/format.ts'
import type { ByteSource } from '../bytes/byte-source.ts'
import type { FindSafeCut } from '../cut/cut-text.ts'
import { needsRandomAccess } from '../formats/random-access.ts'
import type { Segment } from '../cut/segment.ts'
import { mostTextBytes } from './limit-text.ts'

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
  /** What a compressed source may cost, as it will be read. */
  readonly limits?: Pick<ReadOptions, 'maxWindowBytes' | 'maxTextBytes' | 'maxRatio'>
  /** The id that ends documents in flat files of ids and 1-D `.npy`. */
  readonly endId?: number
}

/**
 * Cuts a source into segments, reading only the bytes around each cut (or the metadata of a columnar file); of a compressed one
 * the headers of its blocks, and the text of those that do not say how much they give. The segments are a function of the content and of the options alone.
 *
 * @throws CorpusError `not-seekable` for Parquet in a pipe or compressed as a whole, `broken-file`
 */
export async function planSegments(
  source: ByteSource,
  { format, compression }: SourceFormat,
  options: SegmentOptions = {},
): Promise<readonly Segment[]> {
  const targetBytes = positiveInteger('targetBytes', options.targetBytes ?? 64 * 2 ** 20)
  const { plan, findCut, randomAccess } = formatTable[format]
  if (compression !== 'none' || !isCuttable(source)) {
    if (randomAccess === true) throw needsRandomAccess(source.name, format)
    const { blocks } = compressionTable[compression]
    // Over a network every block would be a request of its own.
    if (blocks === undefined || findCut === undefined || !isCuttable(source) || source.remote)
      return [{ kind: 'whole' }]
    const limits = resolveReadOptions(options.limits)
    return cutBlocks(source, {
      targetBytes,
      mostBytes: mostTextBytes(source, limits),
      findBlocks: blocks,
      decompress: (start, end) =>
        decompress(
          source.stream({ start, ...(end !== undefined && { end }) }),
          compression,
          source.name,
          limits,
        ),
      findCut: (bytes) => findCut(bytes, { findSafeCut: options.findSafeCut }),
    })
  }
  return plan === undefined
    ? [{ kind: 'whole' }]
    : plan(source, { targetBytes, findSafeCut: options.findSafeCut, endId: options.endId })
}

function isCuttable(source: ByteSource): source is CuttableSource {
  return source.seekable && source.byteLength !== undefined
}
