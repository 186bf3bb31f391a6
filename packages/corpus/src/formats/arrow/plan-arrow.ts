import { groupBatches } from '../../cut/group-batches.ts'
import type { Segment } from '../../cut/segment.ts'
import type { CuttableSource, CutOptions, Format } from '../format.ts'
import { indexArrow } from './index-batches.ts'

/** Cuts an Arrow source between record batches; one whose dictionaries change on the way is a single segment. */
export async function planArrow(
  source: CuttableSource,
  format: Extract<Format, `arrow-${string}`>,
  { targetBytes }: CutOptions,
): Promise<readonly Segment[]> {
  const index = await indexArrow(source, source.byteLength, format)
  if (index === undefined) return [{ kind: 'whole' }]
  const { prelude, batches } = index
  return groupBatches(batches, targetBytes).map(({ start, end, firstRow }) => ({
    kind: 'record-batches',
    start: batches[start]!.start,
    end: batches[end - 1]!.end,
    firstRow,
    prelude,
    schemaInFooter: format === 'arrow-file',
  }))
}
