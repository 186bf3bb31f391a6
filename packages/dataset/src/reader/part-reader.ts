import { Message } from 'apache-arrow'
import {
  listElementsAt,
  planBatch,
  type BatchPlan,
  type BatchSizes,
  type TextSize,
} from '../arrow/batch-plan.ts'
import { encodeEnd, encodeHead, frameBatch, type BatchBlock } from '../arrow/framing.ts'
import { countBits } from '../arrow/count-bits.ts'
import { ipcShapeOf, type IpcShape } from '../arrow/ipc-shape.ts'
import { DatasetError } from '../errors.ts'
import {
  elementByteLength,
  elementsPerItem,
  isTextColumn,
  listGroupOf,
  listGroups,
  type Column,
  type FileColumn,
  type ListGroup,
  type TextColumn,
} from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { ManifestPart } from '../part/receipt.ts'
import type { ReadHandle } from '../storage/storage.ts'
import type { Reading } from './reading.ts'

/** A column of a part. */
export type PartColumn = Column | TextColumn

/** The body of one record batch: where its columns lie. */
export interface BatchBody<C extends FileColumn = PartColumn> {
  readonly handle: ReadHandle
  /** Position of the body in the file. */
  readonly position: number
  readonly plan: BatchPlan<C>
}

/** What is known of an Arrow file before it is opened. */
export interface ExpectedFile<C extends FileColumn = PartColumn> {
  readonly shape: IpcShape<C>
  readonly byteLength: number
  readonly rows: number
  /** Rows of every record batch but the last; undefined where each says it. */
  readonly rowsPerBatch: number | undefined
}

/** The Arrow file that a part of a layout is. */
export function expectedPart({ byteLength, rows }: ManifestPart, layout: DatasetLayout): ExpectedFile {
  // How many documents fill a batch depends on their lengths.
  const rowsPerBatch = layout.per === 'document' ? undefined : layout.rowsPerBatch
  return { shape: ipcShapeOf(layout), byteLength, rows, rowsPerBatch }
}

/**
 * An open part, or another Arrow file of a dataset.
 *
 * Layout and row count determine every byte of a part but the values: so headers are not parsed, they are made again
 * and compared. Nothing a damaged or hostile file says about lengths is trusted, and a difference has a position.
 */
export class PartReader<C extends FileColumn = PartColumn> {
  readonly rows: number
  readonly handle: ReadHandle
  readonly #batches: readonly PlacedBatch<C>[]

  private constructor(rows: number, handle: ReadHandle, batches: readonly PlacedBatch<C>[]) {
    this.rows = rows
    this.handle = handle
    this.#batches = batches
  }

  /**
   * Checks all bytes of a part that are not values: its size, head, headers of record batches, and end. Each header is
   * checked before the next batch is planned, so that memory follows the bytes that are there and not the row count.
   */
  static *open<C extends FileColumn>(
    handle: ReadHandle,
    { shape, byteLength, rows: rowCount, rowsPerBatch }: ExpectedFile<C>,
  ): Reading<PartReader<C>> {
    if (handle.byteLength !== byteLength) {
      const position = Math.min(handle.byteLength, byteLength)
      throw damagedAt(handle, position, `${handle.byteLength} bytes long, expected ${byteLength}`)
    }
    const head = encodeHead(shape)
    yield* compareAt(handle, 0, head, 'the schema')
    const batches: PlacedBatch<C>[] = []
    let offset = head.byteLength
    for (let first = 0; first < rowCount; first += batches.at(-1)!.body.plan.rows) {
      const left = rowCount - first
      const rows =
        rowsPerBatch === undefined ? yield* readRowCount(handle, offset, left) : Math.min(rowsPerBatch, left)
      const batch = yield* placeBatchAt(handle, offset, shape.columns, rows)
      batches.push(batch)
      offset = batch.body.position + batch.body.plan.bodyByteLength
    }
    const end = encodeEnd(
      shape,
      batches.map(({ block }) => block),
    )
    if (offset + end.byteLength !== handle.byteLength) {
      const expected = offset + end.byteLength
      throw damagedAt(handle, offset, `${rowCount} rows end at byte ${expected}, not ${handle.byteLength}`)
    }
    yield* compareAt(handle, offset, end, 'the end')
    return new PartReader<C>(rowCount, handle, batches)
  }

  get batches(): number {
    return this.#batches.length
  }

  body(batch: number): BatchBody<C> {
    return this.#batches[batch]!.body
  }

  /** Where all record batches with their headers lie: a stream without its schema and end. */
  get batchBytes(): { readonly start: number; readonly end: number } {
    const first = this.#batches[0]?.block.offset ?? 0
    const last = this.#batches.at(-1)?.body
    return { start: first, end: last === undefined ? first : last.position + last.plan.bodyByteLength }
  }

  close(): Promise<void> {
    return this.handle.close()
  }
}

/** A record batch as it lies in the file. */
interface PlacedBatch<C extends FileColumn> {
  readonly block: BatchBlock
  readonly body: BatchBody<C>
}

/** Plans the record batch at `offset`, and compares its header with the planned one. */
function* placeBatchAt<C extends FileColumn>(
  handle: ReadHandle,
  offset: number,
  columns: readonly C[],
  rows: number,
): Reading<PlacedBatch<C>> {
  const sizes = yield* readSizes(handle, offset, columns, rows)
  const plan = planBatch(columns, rows, sizes)
  const header = frameBatch(plan, offset)
  yield* compareAt(handle, offset, header, 'the header of a record batch')
  const position = offset + header.byteLength
  if (position + plan.bodyByteLength > handle.byteLength) {
    throw damagedAt(handle, handle.byteLength, `it ends before byte ${position + plan.bodyByteLength}`)
  }
  return {
    block: { offset, metadataByteLength: header.byteLength, bodyByteLength: plan.bodyByteLength },
    body: { handle, position, plan },
  }
}

/**
 * The sizes of a batch: elements of lists from the last offset of their group's first list, bytes of texts from their last offset
 * and nulls from their bits. The place of each depends only on those before.
 */
function* readSizes(
  handle: ReadHandle,
  offset: number,
  columns: readonly FileColumn[],
  rows: number,
): Reading<BatchSizes> {
  const texts: TextSize[] = []
  const elements = { tokens: 0, boundaries: 0, pieces: 0, texts }
  for (const group of listGroups) {
    const probe = planBatch(columns, rows, { ...elements, [group]: 1 })
    const at = listElementsAt(probe, group)
    if (at === undefined) continue
    const position = offset + frameBatch(probe, offset).byteLength + at
    const count = yield* readInt32(handle, position)
    const smallest = smallestElement(columns, group)
    if (count < 0 || smallest * count > handle.byteLength - position) {
      throw damagedAt(handle, position, `a list of ${count} elements cannot be`)
    }
    elements[group] = count
  }
  for (const text of columns.filter(isTextColumn)) {
    const probe = planBatch(columns, rows, elements)
    const body = offset + frameBatch(probe, offset).byteLength
    const { validity, offsets } = probe.columns.find(({ column }) => column === text)!
    const bits = new Uint8Array(validity!.byteLength)
    yield* read(handle, body + validity!.offset, bits)
    const position = body + offsets!.offset + 4 * rows
    const byteLength = yield* readInt32(handle, position)
    if (byteLength < 0 || byteLength > handle.byteLength - position) {
      throw damagedAt(handle, position, `texts of ${byteLength} bytes cannot be`)
    }
    const unused = rows % 8 === 0 ? 0 : bits.at(-1)! >> (rows % 8)
    const nulls = rows - countBits(bits)
    if (nulls < 0 || unused !== 0) throw damagedAt(handle, body + validity!.offset, 'more texts than rows')
    texts.push({ byteLength, nulls })
  }
  return elements
}

/** A larger header of a record batch is none of ours. */
const mostHeaderBytes = 1 << 20

/** The rows that the header of a record batch says it has. The whole header is compared afterwards. */
function* readRowCount(handle: ReadHandle, offset: number, most: number): Reading<number> {
  const byteLength = yield* readInt32(handle, offset + 4)
  if (byteLength < 0 || byteLength > mostHeaderBytes) {
    throw damagedAt(handle, offset + 4, `a header of ${byteLength} bytes cannot be`)
  }
  const bytes = new Uint8Array(byteLength)
  yield* read(handle, offset + 8, bytes)
  const rows = rowsOfHeader(bytes)
  if (rows !== undefined && rows > 0 && rows <= most) return rows
  throw damagedAt(handle, offset + 8, 'no header of a record batch of this part')
}

function rowsOfHeader(bytes: Uint8Array): number | undefined {
  try {
    const message = Message.decode(bytes)
    return message.isRecordBatch() ? message.header().length : undefined
  } catch {
    // Whatever a decoder says of bytes that are no header.
    return undefined
  }
}

function* readInt32(handle: ReadHandle, position: number): Reading<number> {
  const bytes = new Uint8Array(4)
  yield* read(handle, position, bytes)
  return new DataView(bytes.buffer).getInt32(0, true)
}

function smallestElement(columns: readonly FileColumn[], group: ListGroup): number {
  const sizes = columns.flatMap((column) =>
    column.shape === 'list' && listGroupOf(column) === group
      ? [elementsPerItem(column) * elementByteLength[column.element]]
      : [],
  )
  return Math.min(...sizes)
}

function* compareAt(handle: ReadHandle, position: number, expected: Uint8Array, what: string): Reading<void> {
  const found = new Uint8Array(expected.byteLength)
  yield* read(handle, position, found)
  if (Buffer.compare(found, expected) === 0) return
  const difference = found.findIndex((byte, index) => byte !== expected[index])
  throw damagedAt(handle, position + difference, `${what} is not that of this dataset`)
}

function* read(handle: ReadHandle, position: number, target: Uint8Array): Reading<void> {
  if (position + target.byteLength > handle.byteLength) {
    throw damagedAt(handle, handle.byteLength, `it ends before byte ${position + target.byteLength}`)
  }
  yield [{ handle, target, position }]
}

/** The error for bytes that are not what they should be. */
function damagedAt(handle: ReadHandle, position: number, what: string): DatasetError {
  const message = `${handle.name} is damaged at byte ${position}: ${what}`
  return new DatasetError('corrupt', message, { file: handle.name, position })
}
