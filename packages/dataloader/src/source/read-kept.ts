import { textAt, type Dataset } from '@sluice/dataset'
import type { KeptTexts } from './window-source.ts'

/** The kept texts of rows of a dataset. */
export async function readKeptOf(
  dataset: Dataset,
  windows: Float64Array,
  columns: readonly string[],
): Promise<KeptTexts> {
  const { kept = [] } = await dataset.readColumns(windows, columns)
  const read = dataset.layout.kept?.names.filter((name) => columns.includes(name)) ?? []
  const textsOf = (name: string): readonly (string | null)[] => {
    const texts = kept[read.indexOf(name)]!
    return Array.from(windows, (_, row) => textAt(texts, row))
  }
  return new Map(columns.map((name) => [name, textsOf(name)]))
}
