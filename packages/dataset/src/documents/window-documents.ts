import type { ColumnName } from '../layout/columns.ts'
import { ignoredTarget } from '../part/part-batch.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { WindowBatch } from '../reader/window-batch.ts'
import { heldIds, isId, wrongRow } from './held-ids.ts'
import { rowsAsTheyLie } from './ordered-rows.ts'
import { TokenRunBuilder, type TokenRun } from './token-run.ts'

/** The inputs of each window as a document of its own, without the filling, in the order of the rows. */
export async function* windowDocuments(dataset: Dataset): AsyncGenerator<TokenRun, void> {
  const { layout, manifest } = dataset
  const packed = manifest.windows.packing === 'best-fit'
  const names: readonly ColumnName[] = ['input_ids', 'target_ids', 'window']
  const builder = new TokenRunBuilder()
  for await (const batch of rowsAsTheyLie(dataset, names)) {
    for (let row = 0; row < batch.rows; row++) {
      const inputs = packed ? packedInputs(batch, row, layout.maxLength) : heldIds(batch, row, layout).inputs
      builder.begin()
      for (let at = 0; at < inputs; at++) {
        const id = batch.inputIds[row * layout.maxLength + at]!
        if (!isId(id, layout.vocabSize)) throw wrongRow(batch, row)
        builder.add(id)
      }
    }
    yield builder.take()
  }
}

/** The inputs of a packed row before the filling: all of them have a target. */
function packedInputs({ targetIds }: WindowBatch, row: number, maxLength: number): number {
  let inputs = maxLength
  while (inputs > 0 && targetIds[row * maxLength + inputs - 1] === ignoredTarget) inputs--
  return inputs
}
