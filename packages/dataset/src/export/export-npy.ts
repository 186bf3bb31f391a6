import type { ElementType } from '../layout/columns.ts'
import { bytesOf } from '../layout/typed-array.ts'
import type { DatasetLayout } from '../layout/layout.ts'
import type { Dataset } from '../reader/dataset.ts'
import type { WindowBatch } from '../reader/window-batch.ts'
import type { ExportFile, ExportFolder } from './export-folder.ts'
import { npyHeader } from './npy.ts'

/** numpy has no bfloat16: its bits are written as uint16, as in the dataset itself. */
const descrOf: Readonly<Record<ElementType, string>> = {
  int32: '<i4',
  uint16: '<u2',
  int64: '<i8',
  f32: '<f4',
  f16: '<f2',
  bf16: '<u2',
}

interface NpyColumn {
  readonly name: string
  readonly element: ElementType
  /** Shape of one row. */
  readonly shape: readonly number[]
  readonly values: (batch: WindowBatch) => ArrayBufferView | undefined
}

/** One `.npy` a column, rows first; lazy embeddings are added up. */
export async function exportNpy(dataset: Dataset, folder: ExportFolder): Promise<void> {
  const files: { readonly column: NpyColumn; readonly file: ExportFile }[] = []
  for (const column of npyColumns(dataset.layout)) {
    const file = folder.file(`${column.name}.npy`)
    file.write([npyHeader(descrOf[column.element], [dataset.length, ...column.shape])])
    files.push({ column, file })
  }
  for await (const batch of dataset.batches({ reuseMemory: true })) {
    for (const { column, file } of files) {
      const values = column.values(batch)
      if (values !== undefined) file.write([bytesOf(values)])
    }
  }
}

function npyColumns({
  maxLength,
  dim,
  idType,
  embedding,
  dtype,
  documents,
  positionIds,
}: DatasetLayout): NpyColumn[] {
  const ids = { shape: [maxLength], element: idType }
  const number = { shape: [], element: 'int64' } as const
  const columns: NpyColumn[] = [
    { ...ids, name: 'input_ids', values: (batch) => batch.inputIds },
    { ...ids, name: 'target_ids', values: (batch) => batch.targetIds },
    { ...number, name: 'source', element: 'int32', values: (batch) => batch.source },
    { ...number, name: 'byte_start', values: (batch) => batch.byteStart },
    { ...number, name: 'byte_end', values: (batch) => batch.byteEnd },
  ]
  if (embedding !== 'none') {
    const shape = [maxLength, dim]
    columns.push({ name: 'inputs_embeds', element: dtype, shape, values: (batch) => batch.inputsEmbeds })
  }
  const perToken = { shape: [maxLength], element: 'int32' } as const
  if (positionIds) columns.push({ ...perToken, name: 'position_ids', values: (batch) => batch.positionIds })
  if (documents === 'ids') {
    columns.push({ ...perToken, name: 'document_ids', values: (batch) => batch.documentIds })
  }
  if (documents !== 'none') columns.push({ ...number, name: 'document', values: (batch) => batch.document })
  return columns
}
