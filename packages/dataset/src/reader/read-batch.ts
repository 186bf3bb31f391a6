import { DatasetError } from '../error.ts'
import { viewElements } from '../layout/typed-array.ts'
import type { PartReader } from './part-reader.ts'
import type { Reading } from './reading.ts'
import { batchKeyOf, type WindowBatch } from './window-batch.ts'

/**
 * Reads a whole record batch with one read and gives views of it: nothing is copied within the process.
 *
 * @param memory - gives the buffer to read into, at least as long as asked.
 */
export function* readBatch(
  part: PartReader,
  batch: number,
  firstWindow: number,
  memory: (byteLength: number) => ArrayBuffer,
): Reading<WindowBatch> {
  const { handle, position, plan } = yield* part.body(batch)
  const buffer = memory(plan.bodyByteLength)
  yield { handle, target: new Uint8Array(buffer, 0, plan.bodyByteLength), position }
  const values: Record<string, unknown> = { firstWindow, rows: plan.rows }
  for (const { column, data, elements, offsets } of plan.columns) {
    if (column.name === 'window') continue
    const array = viewElements(column.element, buffer, data.offset, elements)
    if (column.name !== 'cu_seqlens') values[batchKeyOf[column.name]] = array
    else
      values['cuSeqlens'] = { offsets: new Int32Array(buffer, offsets!.offset, plan.rows + 1), values: array }
  }
  checkList(values as unknown as WindowBatch, handle.name, position)
  return values as unknown as WindowBatch
}

function checkList({ cuSeqlens, rows }: WindowBatch, file: string, position: number): void {
  if (cuSeqlens === undefined) return
  const { offsets, values } = cuSeqlens
  const rises = offsets.every((offset, row) => row === 0 || offset >= offsets[row - 1]!)
  if (rises && offsets[0] === 0 && offsets[rows] === values.length) return
  throw new DatasetError('corrupt', `${file} is damaged at byte ${position}: list offsets must rise`, {
    file,
    position,
  })
}
