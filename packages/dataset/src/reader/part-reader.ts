import { readBatchPlan } from '../arrow/batch-header.ts'
import type { BatchPlan } from '../arrow/batch-plan.ts'
import type { BatchBlock } from '../arrow/framing.ts'
import { corruptAt, readPartFrame } from '../arrow/part-frame.ts'
import { arrowSchema, describeSchema } from '../arrow/schema.ts'
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

/** An open part. Headers of record batches are read when they are first needed, and kept. */
export class PartReader {
  readonly rows: number
  readonly #handle: ReadHandle
  readonly #layout: DatasetLayout
  readonly #columns: readonly Column[]
  readonly #blocks: readonly BatchBlock[]
  readonly #bodies: BatchBody[] = []

  private constructor(
    handle: ReadHandle,
    part: ManifestPart,
    layout: DatasetLayout,
    blocks: readonly BatchBlock[],
  ) {
    this.#handle = handle
    this.rows = part.rows
    this.#layout = layout
    this.#columns = columnsOf(layout)
    this.#blocks = blocks
  }

  /** Finds the record batches of an open part and checks its schema. */
  static *open(handle: ReadHandle, part: ManifestPart, layout: DatasetLayout): Reading<PartReader> {
    if (handle.byteLength !== part.byteLength) {
      const position = Math.min(handle.byteLength, part.byteLength)
      throw corruptAt(handle, position, `${handle.byteLength} bytes long, expected ${part.byteLength}`)
    }
    const batches = Math.ceil(part.rows / layout.rowsPerBatch)
    const { schema, blocks } = yield* readPartFrame(handle, layout.format, batches)
    const found = describeSchema(schema)
    const expected = describeSchema(arrowSchema(layout))
    if (found !== expected) throw corruptAt(handle, 0, `its schema is (${found}), expected (${expected})`)
    return new PartReader(handle, part, layout, blocks)
  }

  get batches(): number {
    return this.#blocks.length
  }

  /** Rows of a batch: `rowsPerBatch`, or what is left in the last. */
  rowsOf(batch: number): number {
    return Math.min(this.#layout.rowsPerBatch, this.rows - batch * this.#layout.rowsPerBatch)
  }

  *body(batch: number): Reading<BatchBody> {
    const known = this.#bodies[batch]
    if (known !== undefined) return known
    const block = this.#blocks[batch]!
    const plan = yield* readBatchPlan(this.#handle, block, this.#columns, this.rowsOf(batch))
    const body = { handle: this.#handle, position: block.offset + block.metadataByteLength, plan }
    this.#bodies[batch] = body
    return body
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
