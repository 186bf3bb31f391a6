import { TextBuilder, type TextValues } from '@sluice/dataset'
import type { KeptReader, KeptRecord } from '../tokens/kept-reader.ts'

/** The kept values of each row's first document, a column each. Documents are read in their order, whatever the rows' is. */
export async function readKeptTexts(
  kept: KeptReader,
  documents: Float64Array,
  columns: number,
): Promise<readonly TextValues[]> {
  const rows = Int32Array.from({ length: documents.length }, (_, row) => row)
  rows.sort((left, right) => documents[left]! - documents[right]!)
  const records: KeptRecord[] = Array.from({ length: documents.length })
  for (const row of rows) records[row] = await kept.read(documents[row]!)
  return Array.from({ length: columns }, (_, column) => {
    const builder = new TextBuilder(documents.length)
    for (const record of records) builder.add(record[column]!)
    return builder.build()
  })
}
