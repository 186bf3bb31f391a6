import { listElementsAt, planBatch, type BatchPlan, type ListElements } from '../arrow/batch-plan.ts'
import { encodeEnd, encodeHead, frameBatch, type BatchBlock } from '../arrow/framing.ts'
import { ipcShapeOf } from '../arrow/ipc-shape.ts'
import { DatasetError } from '../errors.ts'
import { elementByteLength, listGroupOf, listGroups, type Column, type ListGroup } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { ManifestPart } from '../manifest/manifest.ts'
import type { ReadHandle } from '../storage/storage.ts'
import type { Reading } from './reading.ts'

/** The body of one record batch: where its columns lie. */
export interface BatchBody {
  readonly handle: ReadHandle
  /** Position of the body in the file. */
  readonly position: number
  readonly plan: BatchPlan<Column>
}

/**
 * An open part.
 *
 * Layout and row count determine every byte of a part but the values: so headers are not parsed, they are made again
 * and compared. Nothing a damaged or hostile file says about lengths is trusted, and a difference has a position.
 */
export class PartReader {
  readonly rows: number
  readonly handle: ReadHandle
  readonly #batches: readonly PlacedBatch[]

  private constructor(rows: number, handle: ReadHandle, batches: readonly PlacedBatch[]) {
    this.rows = rows
    this.handle = handle
    this.#batches = batches
  }

  /**
   * Checks all bytes of a part that are not values: its size, head, headers of record batches, and end. Each header is
   * checked before the next batch is planned, so that memory follows the bytes that are there and not the row count.
   */
  static *open(handle: ReadHandle, part: ManifestPart, layout: DatasetLayout): Reading<PartReader> {
    if (handle.byteLength !== part.byteLength) {
      const position = Math.min(handle.byteLength, part.byteLength)
      throw damagedAt(handle, position, `${handle.byteLength} bytes long, expected ${part.byteLength}`)
    }
    const shape = ipcShapeOf(layout)
    const head = encodeHead(shape)
    yield* compareAt(handle, 0, head, 'the schema')
    const batches: PlacedBatch[] = []
    let offset = head.byteLength
    for (let first = 0; first < part.rows; first += layout.rowsPerBatch) {
      const rows = Math.min(layout.rowsPerBatch, part.rows - first)
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
      throw damagedAt(handle, offset, `${part.rows} rows end at byte ${expected}, not ${handle.byteLength}`)
    }
    yield* compareAt(handle, offset, end, 'the end')
    return new PartReader(part.rows, handle, batches)
  }

  get batches(): number {
    return this.#batches.length
  }

  body(batch: number): BatchBody {
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
interface PlacedBatch {
  readonly block: BatchBlock
  readonly body: BatchBody
}

/** Plans the record batch at `offset`, and compares its header with the planned one. */
function* placeBatchAt(
  handle: ReadHandle,
  offset: number,
  columns: readonly Column[],
  rows: number,
): Reading<PlacedBatch> {
  const elements = yield* readListElements(handle, offset, columns, rows)
  const plan = planBatch(columns, rows, elements)
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
 * Elements of the lists of a batch, each from the last offset of its group's first list: the place of that depends only
 * on the groups before.
 */
function* readListElements(
  handle: ReadHandle,
  offset: number,
  columns: readonly Column[],
  rows: number,
): Reading<ListElements> {
  const elements = { boundaries: 0, pieces: 0 }
  for (const group of listGroups) {
    const probe = planBatch(columns, rows, { ...elements, [group]: 1 })
    const at = listElementsAt(probe, group)
    if (at === undefined) continue
    const position = offset + frameBatch(probe, offset).byteLength + at
    const bytes = new Uint8Array(4)
    yield* read(handle, position, bytes)
    const count = new DataView(bytes.buffer).getInt32(0, true)
    const smallest = smallestElement(columns, group)
    if (count < 0 || smallest * count > handle.byteLength - position) {
      throw damagedAt(handle, position, `a list of ${count} elements cannot be`)
    }
    elements[group] = count
  }
  return elements
}

function smallestElement(columns: readonly Column[], group: ListGroup): number {
  const ofGroup = columns.filter((column) => column.shape === 'list' && listGroupOf(column) === group)
  return Math.min(...ofGroup.map(({ element }) => elementByteLength[element]))
}

function* compareAt(handle: ReadHandle, position: number, expected: Uint8Array, what: string): Reading<void> {
  const found = new Uint8Array(expected.byteLength)
  yield* read(handle, position, found)
  const difference = found.findIndex((byte, index) => byte !== expected[index])
  if (difference !== -1) throw damagedAt(handle, position + difference, `${what} is not that of this dataset`)
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
