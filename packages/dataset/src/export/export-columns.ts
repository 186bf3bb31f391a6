import {
  columnsOfWindows,
  keptColumnsOf,
  type ArrowColumn,
  type ColumnName,
  type TextColumn,
} from '../layout/columns.ts'
import { resolveLayout, type DatasetLayout } from '../layout/layout.ts'
import type { ElementArray } from '../layout/typed-array.ts'
import { ignoredTarget } from '../part/part-batch.ts'
import type { Dataset } from '../reader/dataset.ts'
import {
  arrayOf,
  isArrayColumn,
  isListColumnName,
  listOf,
  type ListColumnName,
  type WindowBatch,
} from '../reader/window-batch.ts'

/** A column of an export that keeps rows as they are. */
export interface ExportColumn extends ArrowColumn {
  /** The column of the dataset that it is read from. */
  readonly from: ColumnName
  /** The values of a batch's rows, one after the other. */
  readonly values: (batch: WindowBatch) => ElementArray
  /** Where the values of each row begin, of columns whose rows differ in length. */
  readonly offsets?: (batch: WindowBatch) => Int32Array
}

/** A column of kept texts, and its place among those of a batch. */
export interface ExportText extends TextColumn {
  readonly place: number
}

/** The columns of kept texts, which stand after all others. */
export function exportTexts(layout: DatasetLayout): readonly ExportText[] {
  return keptColumnsOf(layout).map((column, place) => ({ ...column, place }))
}

/** Which columns an export has. */
export interface RowOptions {
  /** Adds `labels`, as transformers' models take them. */
  readonly labels: boolean
  /** Keeps `inputs_embeds`, added up from the tables where the dataset is lazy. */
  readonly embeddings: boolean
}

/** Every column of a dataset, with embeddings made or left out and labels added as asked. */
export function exportColumns(
  layout: DatasetLayout,
  { labels, embeddings }: RowOptions,
): readonly ExportColumn[] {
  const embedding = embeddings && layout.embedding !== 'none' ? 'full' : 'none'
  // Exports have inputs and targets, whatever the parts have.
  const { ids: _ids, fillId: _fillId, ...asTwo } = layout
  const columns = columnsOfWindows({ ...asTwo, embedding }).map((column): ExportColumn => {
    const { name } = column
    if (isArrayColumn(name)) return { ...column, from: name, values: (batch) => arrayOf(batch, name)! }
    return {
      ...column,
      from: name,
      values: (batch) => listOf(batch, name).values,
      offsets: (batch) => listOf(batch, name).offsets,
    }
  })
  return labels ? columns.toSpliced(2, 0, labelsColumn(layout)) : columns
}

/**
 * `labels[1:]` are `target_ids[:-1]` and `labels[0]` is −100: models of transformers compare their output at each
 * position with the label after it (`ForCausalLMLoss` in `transformers/loss/loss_utils.py`). The last target has no place.
 */
function labelsColumn({ maxLength }: DatasetLayout): ExportColumn {
  return {
    name: 'labels',
    element: 'int32',
    shape: [maxLength],
    from: 'target_ids',
    values: ({ rows, targetIds }) => {
      const labels = new Int32Array(rows * maxLength)
      for (let start = 0; start < labels.length; start += maxLength) {
        labels[start] = ignoredTarget
        labels.set(targetIds.subarray(start, start + maxLength - 1), start + 1)
      }
      return labels
    },
  }
}

/** The names of the list columns among columns. */
export function listColumnsOf(columns: readonly ExportColumn[]): readonly ListColumnName[] {
  return columns.flatMap(({ from }) => (isListColumnName(from) ? [from] : []))
}

/** Rows `first` to `end` of a dataset with the columns of an export and all kept texts, about 8 MiB at a time. */
export async function* exportRows(
  dataset: Dataset,
  columns: readonly ExportColumn[],
  { first = 0, end = dataset.length }: { readonly first?: number; readonly end?: number } = {},
): AsyncGenerator<WindowBatch, void> {
  const names: string[] = columns.map(({ from }) => from)
  const embeds = names.includes('inputs_embeds')
  names.push(...keptColumnsOf(dataset.layout).map(({ name }) => name))
  const rowsAtATime = rowsPerChunk(dataset.layout, embeds)
  for (let row = first; row < end; row += rowsAtATime) {
    const count = Math.min(rowsAtATime, end - row)
    if (embeds) yield await dataset.read(row, count)
    else {
      const rows = Float64Array.from({ length: count }, (_, at) => row + at)
      yield await dataset.readColumns(rows, names)
    }
  }
}

/** The rows of a record batch of the default size, had it these columns. */
function rowsPerChunk({ maxLength, vocabSize, dim, dtype, kept }: DatasetLayout, embeds: boolean): number {
  const embedding = embeds ? 'full' : 'none'
  return resolveLayout({ maxLength, vocabSize, dim, dtype, embedding, ...(kept && { kept }) }).rowsPerBatch
}
