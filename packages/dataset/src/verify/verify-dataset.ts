import { readRowManifest } from '../manifest/read-manifest.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import { Dataset } from '../reader/dataset.ts'
import { DocumentDataset } from '../reader/document-dataset.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { verifyRows, type RecomputeDocument } from './deep-documents.ts'
import { spreadWindows, verifyWindows, type Recompute } from './deep.ts'
import { compareListing, expectedFiles, listedFolders } from './expected-files.ts'
import type { Problem, ProblemCode } from './problem.ts'
import { verifyStatedAgain, verifyTables } from './verify-identities.ts'
import { verifyDocuments } from './verify-documents.ts'
import { verifyLoneIds } from './verify-lone-ids.ts'
import { verifyParts } from './verify-parts.ts'
import { verifySources } from './verify-sources.ts'

/** What leaves the windows as they are. */
const harmless: ReadonlySet<ProblemCode> = new Set(['wrong-receipt', 'wrong-header', 'extra-file'])

/** Options of {@link verifyDataset}. */
export interface VerifyOptions {
  /** Recompute this many windows, spread evenly, and compare; or rows of documents. @default nothing is recomputed */
  readonly deep?:
    | { readonly windows: number; readonly recompute: Recompute }
    | { readonly documents: number; readonly recompute: RecomputeDocument }
  /**
   * The folder of the model that a dataset refers to (`sluice run --reference`): its tensors are compared with their hashes too, and
   * embeddings are made from them. @default what the dataset does not hold is not looked at
   */
  readonly checkpoint?: string | undefined
  /** Threads that check the parts of a dataset in a folder, the calling one among them. @default 1 */
  readonly threads?: number
  /** Told after every few parts. */
  readonly onPart?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** What {@link verifyDataset} found. */
export interface VerifyReport {
  readonly manifest: DatasetManifest
  /** Empty for a dataset that is complete and as it was committed. */
  readonly problems: readonly Problem[]
  readonly partsChecked: number
  readonly bytesChecked: number
  /** Windows, or rows of documents, recomputed. */
  readonly windowsChecked: number
  /** Tensors of a checkpoint that the dataset refers to and that were not looked at, as none was named. */
  readonly uncheckedTensors: number
  /** Files that attempts left: harmless, `repair` removes them. */
  readonly leftovers: readonly string[]
}

/**
 * Proves that a dataset is complete and unchanged: manifest, listing, sizes, hashes, rows, tables, receipts, plan, and
 * with `deep` that the rows are what their sources give.
 *
 * @throws DatasetError `not-a-dataset`, `newer-version` or `corrupt` where the manifest itself cannot be used. Whatever
 * else is wrong is in the report.
 */
export async function verifyDataset(
  storage: DatasetStorage,
  { deep, checkpoint, threads = 1, onPart, signal }: VerifyOptions = {},
): Promise<VerifyReport> {
  const manifest = await readRowManifest(storage)
  const found = new Set<string>()
  for (const folder of listedFolders) {
    for (const { name } of await storage.list(folder)) found.add(`${folder}/${name}`)
  }
  const problems = compareListing(expectedFiles(manifest), found)
  const { ofParts, ofReceipts } = await verifyParts(storage, manifest, found, { threads, onPart, signal })
  const ofFiles = [
    ofParts,
    await verifySources(storage, manifest, found),
    await verifyTables(storage, manifest, checkpoint),
    await verifyDocuments(storage, manifest, signal),
    await verifyLoneIds(storage, manifest),
    await verifyStatedAgain(storage, manifest),
    ofReceipts,
  ]
  // One by one: a hundred thousand wrong receipts are more than a call takes arguments.
  for (const problem of ofFiles.flat()) problems.push(problem)
  const asked = deep === undefined ? 0 : 'documents' in deep ? deep.documents : deep.windows
  const rows = spreadWindows(manifest.totals.rows, asked)
  const access = checkpoint === undefined ? {} : { checkpoint, verifyTables: false }
  if (deep !== undefined && problems.every(({ code }) => harmless.has(code))) {
    if ('documents' in deep) {
      await using dataset = new DocumentDataset(storage, manifest, access)
      problems.push(...(await verifyRows(dataset, rows, deep.recompute)))
    } else {
      await using dataset = new Dataset(storage, manifest, access)
      problems.push(...(await verifyWindows(dataset, rows, deep.recompute)))
    }
  }
  return {
    manifest,
    problems,
    partsChecked: manifest.parts.length,
    bytesChecked: manifest.parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
    windowsChecked: rows.length,
    uncheckedTensors:
      checkpoint === undefined ? manifest.identities.tables.filter((table) => table.checkpoint).length : 0,
    leftovers: (await storage.leftovers()).map(({ name }) => name),
  }
}
