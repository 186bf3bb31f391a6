import { begins } from '../../bytes/begins.ts'
import { looksBinary } from '../../bytes/looks-binary.ts'
import { groupBatches } from '../../cut/group-batches.ts'
import type { Segment } from '../../cut/segment.ts'
import type { CuttableSource, CutOptions, FormatRecord } from '../format.ts'
import { rowGroupSizes } from './metadata.ts'
import { readRowGroups } from './read-row-groups.ts'

const mark = 'PAR1'

/** Bytes in which a text that begins with the mark shows that it is one. */
const shownBytes = 512

/** A text may begin with the mark; in a Parquet file, bytes that no text has follow soon. */
function isParquet(head: Uint8Array): boolean {
  return begins(head, mark) && looksBinary(head.subarray(0, shownBytes))
}

/** Cuts a Parquet file between row groups. */
async function plan(source: CuttableSource, { targetBytes }: CutOptions): Promise<readonly Segment[]> {
  const groups = groupBatches(await rowGroupSizes(source, source.byteLength), targetBytes)
  return groups.map((group) => ({ kind: 'row-groups', ...group }))
}

/** Apache Parquet. */
export const parquet: FormatRecord = {
  extensions: ['parquet'],
  holds: 'either',
  magic: isParquet,
  randomAccess: true,
  planFirst: true,
  plan,
  read: readRowGroups,
}
