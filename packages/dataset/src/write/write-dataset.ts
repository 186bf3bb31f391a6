import { DatasetError } from '../errors.ts'
import { manifestName, planName } from '../layout/names.ts'
import { commitManifest } from '../manifest/commit.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import { temporaryFolder } from '../storage/folder.ts'
import { sha256OfJson } from '../storage/publish-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { readIdPieces } from './id-pieces.ts'
import { WindowWriter, type Written } from './window-writer.ts'
import { resolveWriteOptions, type WriteDatasetOptions, type WritePlan } from './write-options.ts'

/**
 * Writes a dataset from ids: the windows, parts and counts that a run over the same ids makes, in memory that does not depend on
 * how many there are.
 *
 * The dataset's one source is named `ids.u32`: the given ids as little-endian uint32, one document after the other without
 * separators. So `byte_start / 4` of a row is the place of its first id among them.
 *
 * A crash or an error leaves a folder without a manifest: the same call with the same ids continues it. With other ids it throws
 * `conflict`, and the folder has to be removed.
 *
 * @returns the manifest that was committed
 * @throws DatasetError `invalid-argument` for options, or too few ids for one window; `out-of-range` for an id; `conflict` where
 * the folder holds a dataset, or an attempt with other options or ids; what the storage throws
 */
export async function writeDataset(options: WriteDatasetOptions): Promise<DatasetManifest> {
  const resolved = resolveWriteOptions(options)
  const { storage, plan } = resolved
  const { writer, separator, endOfTextId, windowsPerPart } = plan
  const planId = sha256OfJson(plan)
  await refuseTaken(storage)
  let emptyDocuments = 0
  await using windows = new WindowWriter(resolved, planId)
  const pieces = readIdPieces(options, plan.layout, () => emptyDocuments++)
  for await (const piece of pieces) await windows.push(piece)
  const written = await windows.end()
  if (written.partCount === 0) throw tooShort(plan, written)
  return commitManifest(storage, {
    planId,
    config: { writer, separator, endOfTextId, windowsPerPart },
    layout: plan.layout,
    windows: { stride: plan.stride, boundary: plan.boundary, tail: plan.tail },
    identities: { tokenizer: plan.tokenizer, tables: [], graph: null },
    sources: [written.source],
    dropped: {
      ...(emptyDocuments > 0 && { 'empty-document': emptyDocuments }),
      ...(written.tailTokens > 0 && { 'short-tail-tokens': written.tailTokens }),
      ...(written.shortDocuments > 0 && { 'short-documents': written.shortDocuments }),
    },
    ...(written.loneIds && { loneIds: written.loneIds }),
    partCount: written.partCount,
  })
}

/** Refuses a folder that holds a dataset, or files without a plan: nothing here writes any before its plan. */
async function refuseTaken(storage: DatasetStorage): Promise<void> {
  const names = (await storage.list('')).map(({ name }) => name)
  const isAttempt = names.includes(planName) && !names.includes(manifestName)
  const other = names.find((name) => name !== `${temporaryFolder}/`)
  if (isAttempt || other === undefined) return
  const what = names.includes(manifestName) ? 'already holds a dataset' : `is not empty (${other})`
  const message = `${storage.location} ${what}; choose another folder, or remove it first`
  throw new DatasetError('conflict', message)
}

function tooShort({ layout, tail, boundary }: WritePlan, { ids }: Written): DatasetError {
  const { maxLength } = layout
  const where = boundary === 'document' ? ' in one document' : ''
  return new DatasetError(
    'invalid-argument',
    `Expected at least ${tail === 'pad' ? 2 : maxLength + 1} ids${where} for one window of ${maxLength} and its target, ` +
      `got ${ids}; add ids or use a smaller \`maxLength\``,
  )
}
