import { listElementsAt, planBatch, type BatchPlan } from '../arrow/batch-plan.ts'
import { encodeEnd, encodeHead, frameBatch, type BatchBlock } from '../arrow/framing.ts'
import { DatasetError } from '../errors.ts'
import { columnsOf, type Column } from '../layout/columns.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { ManifestPart } from '../manifest/manifest.ts'
import type { ReadHandle } from '../storage/storage.ts'
import type { Reading } from './reading.ts'

/** The body of one record batch: where its columns lie. */
export interface BatchBody {
  readonly handle: ReadHandle
  /** Position of the body in the file. */
  readonly position: number
  readonly plan: BatchPlan
}

/** A record batch as it must lie in the file. */
interface PlannedBatch {
  readonly block: BatchBlock
  readonly header: Uint8Array
  readonly body: BatchBody
}

/**
 * An open part.
 *
 * Layout and row count determine every byte of a part but the values: so headers are not parsed, they are made again
 * and compared. Nothing a damaged or hostile file says about lengths is believed, and a difference has a position.
 */
export class PartReader {
  readonly rows: number
  readonly #batches: readonly PlannedBatch[]
  /** Batches whose header was compared. */
  readonly #checked = new Set<number>()

  private constructor(rows: number, batches: readonly PlannedBatch[]) {
    this.rows = rows
    this.#batches = batches
  }

  /** Checks the size, the head and the end of a part; headers of record batches are checked when first used. */
  static *open(handle: ReadHandle, part: ManifestPart, layout: DatasetLayout): Reading<PartReader> {
    if (handle.byteLength !== part.byteLength) {
      const position = Math.min(handle.byteLength, part.byteLength)
      throw damagedAt(handle, position, `${handle.byteLength} bytes long, expected ${part.byteLength}`)
    }
    const head = encodeHead(layout)
    yield* compareAt(handle, 0, head, 'the schema')
    const columns = columnsOf(layout)
    const batches: PlannedBatch[] = []
    let offset = head.byteLength
    for (let first = 0; first < part.rows; first += layout.rowsPerBatch) {
      const rows = Math.min(layout.rowsPerBatch, part.rows - first)
      const elements = yield* readListElements(handle, offset, columns, rows)
      const plan = planBatch(columns, rows, elements)
      const header = frameBatch(plan, offset)
      const position = offset + header.byteLength
      const block = {
        offset,
        metadataByteLength: header.byteLength,
        bodyByteLength: plan.bodyByteLength,
      }
      batches.push({ block, header, body: { handle, position, plan } })
      offset = position + plan.bodyByteLength
    }
    const end = encodeEnd(
      layout,
      batches.map(({ block }) => block),
    )
    if (offset + end.byteLength !== handle.byteLength) {
      const expected = offset + end.byteLength
      throw damagedAt(handle, offset, `${part.rows} rows end at byte ${expected}, not ${handle.byteLength}`)
    }
    yield* compareAt(handle, offset, end, 'the end')
    return new PartReader(part.rows, batches)
  }

  get batches(): number {
    return this.#batches.length
  }

  *body(batch: number): Reading<BatchBody> {
    const { block, header, body } = this.#batches[batch]!
    if (!this.#checked.has(batch)) {
      yield* compareAt(body.handle, block.offset, header, `the header of record batch ${batch}`)
      this.#checked.add(batch)
    }
    return body
  }

  /** The bytes of all record batches with their headers, which are checked: a stream without its schema and end. */
  *batchBytes(): Reading<
    { readonly handle: ReadHandle; readonly start: number; readonly end: number } | undefined
  > {
    const [first] = this.#batches
    const last = this.#batches.at(-1)
    if (first === undefined || last === undefined) return undefined
    for (let batch = 0; batch < this.batches; batch++) yield* this.body(batch)
    const end = last.body.position + last.body.plan.bodyByteLength
    return { handle: first.body.handle, start: first.block.offset, end }
  }

  async close(): Promise<void> {
    await this.#batches[0]?.body.handle.close()
  }
}

/**
 * Elements of the list column of a batch, from the last of its offsets, whose place does not depend on them.
 * 0 where there is no list.
 */
function* readListElements(
  handle: ReadHandle,
  offset: number,
  columns: readonly Column[],
  rows: number,
): Reading<number> {
  const probe = planBatch(columns, rows, 1)
  const at = listElementsAt(probe)
  if (at === undefined) return 0
  const position = offset + frameBatch(probe, offset).byteLength + at
  const bytes = new Uint8Array(4)
  yield* read(handle, position, bytes)
  const elements = new DataView(bytes.buffer).getInt32(0, true)
  if (elements < 0 || 4 * elements > handle.byteLength - position) {
    throw damagedAt(handle, position, `a list of ${elements} elements cannot be`)
  }
  return elements
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
