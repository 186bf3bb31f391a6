import { DatasetError } from '../errors.ts'
import { isTextColumn } from '../layout/columns.ts'
import { viewElements, type ElementArray } from '../layout/typed-array.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { TextValues } from '../part/text-values.ts'
import type { PartReader } from './part-reader.ts'
import type { Reading } from './reading.ts'
import {
  isArrayColumn,
  isListColumnName,
  windowBatch,
  type ArrayColumnName,
  type ListColumnName,
  type ListValues,
  type WindowBatch,
} from './window-batch.ts'

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
  layout: DatasetLayout,
): Reading<WindowBatch> {
  const { handle, position, plan } = part.body(batch)
  const buffer = memory(plan.bodyByteLength)
  yield [{ handle, target: new Uint8Array(buffer, 0, plan.bodyByteLength), position }]
  const arrays = new Map<ArrayColumnName, ElementArray>()
  const lists = new Map<ListColumnName, ListValues>()
  const kept: TextValues[] = []
  for (const { column, data, elements, offsets, validity } of plan.columns) {
    if (isTextColumn(column)) {
      const texts = {
        offsets: new Int32Array(buffer, offsets!.offset, plan.rows + 1),
        bytes: new Uint8Array(buffer, data.offset, elements),
        validity: new Uint8Array(buffer, validity!.offset, validity!.byteLength),
      }
      checkOffsets(texts.offsets, elements, handle.name, position + offsets!.offset)
      kept.push(texts)
    } else if (isArrayColumn(column.name)) {
      arrays.set(column.name, viewElements[column.element](buffer, data.offset, elements))
    } else if (offsets !== undefined && isListColumnName(column.name)) {
      const list = {
        offsets: new Int32Array(buffer, offsets.offset, plan.rows + 1),
        values: viewElements[column.element](buffer, data.offset, elements),
      }
      checkOffsets(list.offsets, elements, handle.name, position + offsets.offset)
      lists.set(column.name, list)
    }
  }
  return windowBatch({ firstWindow, rows: plan.rows, arrays, lists, kept }, layout)
}

function checkOffsets(offsets: Int32Array, elements: number, file: string, position: number): void {
  const rises = offsets.every((offset, row) => row === 0 || offset >= offsets[row - 1]!)
  if (rises && offsets[0] === 0 && offsets.at(-1) === elements) return
  throw new DatasetError('corrupt', `${file} is damaged at byte ${position}: list offsets must rise`, {
    file,
    position,
  })
}
