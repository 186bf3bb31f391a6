import { Message } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message'
import { elementByteLength, type Column } from '../layout/columns.ts'
import type { Reading } from '../reader/reading.ts'
import type { ReadHandle } from '../storage/storage.ts'
import { batchHeader, planBatch, type BatchPlan } from './batch-plan.ts'
import { prefixByteLength, type BatchBlock } from './framing.ts'
import { corruptAt, decode, int32At } from './part-frame.ts'

/**
 * Reads the header of a record batch and proves that its body is laid out as planned for `rows` rows, so that no
 * length or offset of the file is believed.
 */
export function* readBatchPlan(
  handle: ReadHandle,
  block: BatchBlock,
  columns: readonly Column[],
  rows: number,
): Reading<BatchPlan> {
  const header = new Uint8Array(block.metadataByteLength)
  yield { handle, target: header, position: block.offset }
  const refuse = (what: string): Error => corruptAt(handle, block.offset, what)
  if (int32At(header, 0) !== -1 || int32At(header, 4) !== header.byteLength - prefixByteLength) {
    throw refuse('expected the header of a record batch')
  }
  return decode(handle, block.offset, () => {
    const message = Message.decode(header.subarray(prefixByteLength))
    if (!message.isRecordBatch()) throw refuse('expected a record batch')
    const batch = message.header()
    if (batch.length !== rows) throw refuse(`a record batch of ${batch.length} rows, expected ${rows}`)
    const plan = planBatch(columns, rows, listElementsOf(columns, batch))
    if (plan.bodyByteLength !== block.bodyByteLength || !agrees(plan, batch)) {
      throw refuse(`expected a body of ${plan.bodyByteLength} bytes laid out for ${rows} rows`)
    }
    return plan
  })
}

function agrees(plan: BatchPlan, batch: RecordBatch): boolean {
  const { nodeLengths, buffers } = batchHeader(plan)
  return (
    batch.compression === null &&
    batch.nodes.length === nodeLengths.length &&
    batch.buffers.length === buffers.length &&
    batch.nodes.every(({ length, nullCount }, index) => length === nodeLengths[index] && nullCount === 0) &&
    batch.buffers.every(({ offset, length }, index) => {
      const expected = buffers[index]!
      // The place of an empty buffer means nothing.
      return length === expected.byteLength && (length === 0 || offset === expected.offset)
    })
  )
}

/** Elements of the one list column, which the header alone tells; 0 where there is none. */
function listElementsOf(columns: readonly Column[], batch: RecordBatch): number {
  let bufferIndex = 0
  for (const column of columns) {
    if (column.shape !== 'list') {
      bufferIndex += column.shape.length + 2
      continue
    }
    // Validity and offsets of the list, validity of its elements, and then these.
    const byteLength = batch.buffers[bufferIndex + 3]?.length ?? 0
    return Math.max(0, Math.floor(byteLength / elementByteLength[column.element]))
  }
  return 0
}
