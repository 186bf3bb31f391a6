import { bytesOf } from '../layout/typed-array.ts'
import { textAt } from '../part/text-values.ts'
import type { DocumentDataset } from '../reader/document-dataset.ts'
import type { DocumentRowBatch } from '../reader/document-row-batch.ts'
import type { RecomputedWindow } from './deep.ts'
import type { Problem } from './problem.ts'

/** The row of one document made again from its source: every column that the dataset has. */
export type RecomputedDocument = Omit<DocumentRowBatch, 'firstDocument' | 'rows'> &
  Pick<RecomputedWindow, 'isCloseFirstBlock'>

/** Makes the row of a document again from the source text; how is the caller's business. */
export type RecomputeDocument = (document: number) => Promise<RecomputedDocument>

const comparedNames = [
  'offsets',
  'inputIds',
  'inputsEmbeds',
  'firstBlock',
  'embedding',
  'document',
  'source',
  'byteStart',
  'byteEnd',
] as const satisfies readonly (keyof RecomputedDocument)[]

/** Recomputes rows and compares every column that was recomputed byte for byte. */
export async function verifyRows(
  dataset: DocumentDataset,
  documents: readonly number[],
  recompute: RecomputeDocument,
): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const document of documents) {
    const stored: RecomputedDocument = await dataset.read(document)
    const again = await recompute(document)
    const report = (name: string, what: string): void => {
      const file = dataset.manifest.parts.findLast(({ firstWindow }) => firstWindow <= document)!.name
      const message = `Document ${document}: \`${name}\` differs from what its source gives${what}`
      problems.push({ code: 'wrong-window', file, message })
    }
    for (const name of comparedNames) {
      const expected = again[name]
      const found = stored[name]
      if (expected === undefined) continue
      if (found !== undefined && Buffer.compare(bytesOf(found), bytesOf(expected)) === 0) continue
      if (name === 'firstBlock' && stored.firstBlock && again.isCloseFirstBlock?.(stored.firstBlock) === true)
        continue
      const index =
        found?.findIndex((value: number | bigint, at: number) => !Object.is(value, expected[at])) ?? 0
      report(
        name,
        ` at element ${index}: stored ${String(found?.[index])}, recomputed ${String(expected[index])}`,
      )
    }
    for (const [place, expected] of (again.kept ?? []).entries()) {
      const found = stored.kept?.[place]
      if (found !== undefined && textAt(found, 0) === textAt(expected, 0)) continue
      report(dataset.layout.kept?.names[place] ?? '', '')
    }
  }
  return problems
}
