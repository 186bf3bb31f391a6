import { keptColumnsOf, type ArrowColumn, type FileColumn } from './columns.ts'
import { keptValueBytes, type KeptLayout } from './layout.ts'

/** The columns of numbers of a document table, in file order. */
export const documentNumbers = [
  { name: 'document', element: 'int64', shape: [] },
  { name: 'source', element: 'int32', shape: [] },
  { name: 'byte_start', element: 'int64', shape: [] },
  { name: 'byte_end', element: 'int64', shape: [] },
  { name: 'first_token', element: 'int64', shape: [] },
  { name: 'tokens', element: 'int64', shape: [] },
] as const satisfies readonly ArrowColumn[]

/** The columns of a document table: the numbers, then the kept ones. */
export function documentColumnsOf(kept: KeptLayout): readonly FileColumn[] {
  return [...documentNumbers, ...keptColumnsOf({ kept })]
}

/** Bytes of a record batch, were its texts as long as they are counted. */
const batchByteLength = 8 << 20

/** Record batches of a file, of which one is a piece of work and a reader's map. */
const batchesPerFile = 16

/** Rows of every record batch but the last of a file, and of every file but the last. */
export function documentRows(kept: KeptLayout): { readonly perBatch: number; readonly perFile: number } {
  const rowByteLength = 44 + kept.names.length * (4 + keptValueBytes(kept))
  const perBatch = Math.floor(batchByteLength / rowByteLength)
  return { perBatch: Math.max(1, perBatch), perFile: Math.max(1, perBatch) * batchesPerFile }
}
