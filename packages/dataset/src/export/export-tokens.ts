import { bytesOf } from '../layout/typed-array.ts'
import type { Dataset } from '../reader/dataset.ts'
import { DocumentLengths } from './document-lengths.ts'
import type { ExportFolder } from './export-folder.ts'
import { npyHeader } from './npy.ts'
import { tokenRuns, type SequenceUnit } from './token-runs.ts'

/**
 * `tokens.bin`, all ids as flat uint32, and `document_offsets.npy`, int64: where each document begins, and at the end
 * the number of ids. The layout that torchtitan, nanoGPT and others map into memory.
 */
export async function exportTokens(
  dataset: Dataset,
  folder: ExportFolder,
  unit: SequenceUnit,
): Promise<void> {
  const tokens = folder.file('tokens.bin')
  const lengths = new DocumentLengths()
  for await (const run of tokenRuns(dataset, unit)) {
    // Ids are never negative, so the bytes of int32 and uint32 are the same.
    tokens.write([bytesOf(run.ids)])
    lengths.add(run)
  }
  const offsets = lengths.offsets()
  folder.file('document_offsets.npy').write([npyHeader('<i8', [offsets.length]), bytesOf(offsets)])
}
