import { DatasetError } from '../errors.ts'
import {
  headerName,
  listsFolder,
  manifestName,
  partsFolder,
  receiptName,
  receiptsFolder,
} from '../layout/names.ts'
import { loneIdFiles } from '../lists/lone-ids.ts'
import { buildManifest } from '../manifest/build-manifest.ts'
import { readRowManifest } from '../manifest/read-manifest.ts'
import { readReceipt } from '../manifest/commit.ts'
import { listFilesOf, manifestFileOf } from '../manifest/manifest-file.ts'
import { manifestHeaderSchema } from '../manifest/manifest-schema.ts'
import { manifestVersion, type DatasetManifest, type ManifestHeader } from '../manifest/manifest.ts'
import type { PartReceipt } from '../part/receipt.ts'
import { checkJson, readJson } from '../storage/read-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { Problem } from '../verify/problem.ts'
import { verifyDataset } from '../verify/verify-dataset.ts'
import { verifyDocuments } from '../verify/verify-documents.ts'
import { verifyLoneIds } from '../verify/verify-lone-ids.ts'
import { tableFilesOf } from '../verify/expected-files.ts'
import { statedAgain, verifyTables } from '../verify/verify-identities.ts'
import { verifyPart } from '../verify/verify-part.ts'

/** One step of a repair, as plain data. */
export type RepairAction =
  | { readonly kind: 'remove'; readonly file: string; readonly reason: string }
  | { readonly kind: 'write'; readonly file: string; readonly reason: string; readonly value: unknown }
  | {
      readonly kind: 'write-bytes'
      readonly file: string
      readonly reason: string
      readonly bytes: Uint8Array
    }

/** What a repair will do, and what it cannot. */
export interface RepairPlan {
  readonly actions: readonly RepairAction[]
  /** What is left when the actions are done. Its parts must be made again by running the plan. */
  readonly unrepaired: readonly Problem[]
}

/** Options of {@link planRepair}. */
export interface RepairOptions {
  /** What `header.json` holds, where that was lost too. */
  readonly header?: ManifestHeader
  /**
   * Withdraw the commit where parts are damaged or missing: removes them, their receipts and the manifest, so that
   * running the same plan again makes only these. @default false
   */
  readonly reopen?: boolean
  readonly signal?: AbortSignal
}

/**
 * Plans a repair; changes nothing. A manifest that was lost or damaged is rebuilt from its header and the receipts, after
 * every part was read and hashed; wrong receipts are rebuilt from the manifest; files that do not belong are removed.
 *
 * @throws DatasetError `incomplete` where the manifest cannot be rebuilt: run the plan again.
 */
export async function planRepair(storage: DatasetStorage, options: RepairOptions = {}): Promise<RepairPlan> {
  try {
    // Only what is wrong with the manifest itself: it is not made anew because something else in the folder is.
    await readRowManifest(storage)
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error
    const isLostList = error.code === 'incomplete' && error.file?.startsWith(`${listsFolder}/`) === true
    if (error.code !== 'not-a-dataset' && error.code !== 'corrupt' && !isLostList) throw error
    return planFromReceipts(storage, options, error)
  }
  return planFromManifest(storage, options)
}

async function planFromManifest(
  storage: DatasetStorage,
  { reopen = false, signal }: RepairOptions,
): Promise<RepairPlan> {
  const report = await verifyDataset(storage, signal && { signal })
  const { manifest, problems } = report
  const partIndex = new Map(manifest.parts.map(({ name }, index) => [name, index]))
  const badParts = new Set(problems.flatMap(({ file }) => partIndex.get(file) ?? []))
  const filesBesides = new Set(filesBesideParts(manifest))
  // A file of several tables can be wrong in each.
  const badFiles = new Set(problems.flatMap(({ file }) => (filesBesides.has(file) ? [file] : [])))
  const isBad = ({ index }: Restated): boolean => index !== undefined && badParts.has(index)
  const actions: RepairAction[] = []
  const unrepaired: Problem[] = []
  // First of all, so that a crash half way leaves no manifest that names removed parts.
  if (reopen && badParts.size + badFiles.size > 0)
    actions.push(removal(manifestName, 'the commit is withdrawn'))
  for (const problem of problems) {
    const restated = restatedOf(manifest, problem.file)
    if (problem.code === 'extra-file') actions.push(removal(problem.file, 'not part of the dataset'))
    else if (
      restated === undefined &&
      !(reopen && (partIndex.has(problem.file) || filesBesides.has(problem.file)))
    )
      unrepaired.push(problem)
    else if (restated !== undefined && !isBad(restated)) actions.push(...rewrite(problem, restated.value))
  }
  if (reopen) {
    for (const index of badParts) {
      const { name } = manifest.parts[index]!
      const receipt = receiptName(index, manifest.version)
      actions.push(removal(name, 'to be made again'), removal(receipt, 'to be made again'))
    }
  }
  // A run that goes on makes the whole of them again; files that are as they should be stay.
  if (reopen) actions.push(...Array.from(badFiles, (file) => removal(file, 'to be made again')))
  actions.push(...report.leftovers.map((name) => removal(name, 'left by an attempt')))
  return { actions, unrepaired }
}

/** The files that a run makes besides its parts: its tables, and those that go with the index of its ids. */
function filesBesideParts({ identities, documentTable, loneIds }: DatasetManifest): readonly string[] {
  return [
    ...tableFilesOf(identities),
    ...(documentTable?.files.map(({ name }) => name) ?? []),
    ...(loneIds === undefined ? [] : loneIdFiles(loneIds)),
  ]
}

/** What a file is to hold that says a part of the manifest again, and of which part it is the receipt. */
interface Restated {
  readonly value: object
  readonly index: number | undefined
}

function restatedOf(manifest: DatasetManifest, file: string): Restated | undefined {
  const stated = statedAgain(manifest).find((one) => one.file === file)
  if (stated !== undefined) return { value: stated.value, index: undefined }
  const receipt = receiptOf(manifest, file)
  return receipt && { value: receipt, index: receipt.index }
}

function receiptOf(manifest: DatasetManifest, file: string): PartReceipt | undefined {
  const index = manifest.parts.findIndex((_, place) => receiptName(place, manifest.version) === file)
  const part = manifest.parts[index]
  return part && { version: 1, planId: manifest.planId, index, ...part }
}

function rewrite(problem: Problem, value: object): RepairAction[] {
  const write: RepairAction = { kind: 'write', file: problem.file, reason: problem.message, value }
  return problem.code === 'missing-file' ? [write] : [removal(problem.file, problem.message), write]
}

const removal = (file: string, reason: string): RepairAction => ({ kind: 'remove', file, reason })

async function planFromReceipts(
  storage: DatasetStorage,
  { header: given, signal }: RepairOptions,
  cause: DatasetError,
): Promise<RepairPlan> {
  const header = given ?? (await readHeader(storage, cause))
  const version = await versionOfReceipts(storage)
  const receipts: PartReceipt[] = []
  // The header may say any number: no further than there can be receipts.
  const listed = (await storage.list(version === 1 ? partsFolder : receiptsFolder)).length
  for (let index = 0; index < Math.min(header.partCount, listed); index++) {
    const receipt = await readReceipt(storage, receiptName(index, version), header.planId)
    if (receipt !== undefined) receipts.push(receipt)
  }
  if (receipts.length < header.partCount) {
    throw new DatasetError(
      'incomplete',
      `${header.partCount - receipts.length} of ${header.partCount} parts of ${storage.location} are missing or ` +
        'without receipt: run the plan again to make them',
      { cause },
    )
  }
  const manifest = buildManifest(header, receipts, version)
  for (const part of manifest.parts) {
    const [problem] = await verifyPart(storage, manifest, part, signal)
    if (problem === undefined) continue
    throw new DatasetError(
      'incomplete',
      `${problem.message}; remove it and its receipt, and run the plan again`,
      problem,
    )
  }
  const problems = [
    ...(await verifyDocuments(storage, manifest, signal)),
    ...(await verifyLoneIds(storage, manifest)),
    ...(await verifyTables(storage, manifest)),
  ]
  for (const name of filesBesideParts(manifest)) {
    const problem = problems.find(({ file }) => file === name)
    if ((await storage.stat(name)) === undefined)
      throw new DatasetError('incomplete', `${name} is missing; run the plan again to make it`, {
        file: name,
      })
    if (problem !== undefined)
      throw new DatasetError('incomplete', `${problem.message}; remove it, and run the plan again`, problem)
  }
  const reason = 'rebuilt from the header and the receipts of all parts'
  const lists = await rebuildLists(storage, manifest)
  const write: RepairAction = { kind: 'write', file: manifestName, reason, value: manifestFileOf(manifest) }
  if (cause.code === 'not-a-dataset') return { actions: [...lists, write], unrepaired: [] }
  return { actions: [removal(manifestName, cause.message), ...lists, write], unrepaired: [] }
}

/** The list of parts follows from their receipts; a file of it that is damaged makes room for what it should be. */
async function rebuildLists(
  storage: DatasetStorage,
  manifest: DatasetManifest,
): Promise<readonly RepairAction[]> {
  const reason = 'rebuilt from the receipts of all parts'
  const actions: RepairAction[] = []
  for (const { name, bytes } of listFilesOf(manifest)) {
    if ((await storage.stat(name)) !== undefined) actions.push(removal(name, reason))
    actions.push({ kind: 'write-bytes', file: name, reason, bytes })
  }
  return actions
}

/** The version of the format by the place of the receipts, for a dataset without a manifest. */
async function versionOfReceipts(storage: DatasetStorage): Promise<1 | 2> {
  const entries = await storage.list(partsFolder)
  return entries.some(({ name }) => /^\d+\.json$/.test(name)) ? 1 : manifestVersion
}

async function readHeader(storage: DatasetStorage, cause: DatasetError): Promise<ManifestHeader> {
  if ((await storage.stat(headerName)) === undefined) {
    const message = `${cause.message}; there is no ${headerName} to rebuild it from: run the plan again`
    throw new DatasetError('incomplete', message, { file: headerName, cause })
  }
  return checkJson(manifestHeaderSchema, await readJson(storage, headerName), storage, headerName)
}
