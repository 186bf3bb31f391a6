import { DatasetError } from '../errors.ts'
import { listFileName, listsFolder, planName } from '../layout/names.ts'
import { isSourceList } from '../lists/sources.ts'
import { hashObject } from '../reader/hash-object.ts'
import { sha256OfJson } from '../storage/publish-json.ts'
import { readJson } from '../storage/read-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { readDocumentStarts } from '../token-files/read-document-starts.ts'
import { readIdBlocks, type IdBlock } from '../token-files/read-ids.ts'
import { readTokenManifest } from '../token-files/read-token-manifest.ts'
import { tokensName } from '../token-files/token-format.ts'
import type { TokenFile, TokenManifest } from '../token-files/token-manifest.ts'
import { compareListing } from './expected-files.ts'
import type { Problem } from './problem.ts'
import { verifySources } from './verify-sources.ts'

/** Options of {@link verifyTokenFiles}. */
export interface VerifyTokenOptions {
  /** The same corpus made into token files again: the files are compared. @default they are not made again */
  readonly again?: DatasetStorage
  readonly signal?: AbortSignal
}

/** What {@link verifyTokenFiles} found. */
export interface TokenVerifyReport {
  readonly manifest: TokenManifest
  /** Empty for files that are complete and as they were committed. */
  readonly problems: readonly Problem[]
  readonly bytesChecked: number
  /** Ids that were compared with those of the corpus. */
  readonly tokensChecked: number
  /** Files that attempts left: harmless. */
  readonly leftovers: readonly string[]
}

/**
 * Proves that a dataset of token files is complete and unchanged: manifest, sizes, hashes, ids below the vocabulary's size, places
 * of documents, plan, and with `again` that the ids are what the sources give.
 *
 * @throws DatasetError `not-a-dataset`, `newer-version` or `corrupt` where the manifest itself cannot be used. Whatever else is wrong
 * is in the report.
 */
export async function verifyTokenFiles(
  storage: DatasetStorage,
  { again, signal }: VerifyTokenOptions = {},
): Promise<TokenVerifyReport> {
  const manifest = await readTokenManifest(storage)
  const { files, planId, sources, totals } = manifest
  const found = new Set<string>()
  for (const { name } of await storage.list('')) found.add(name)
  for (const { name } of await storage.list(listsFolder)) found.add(`${listsFolder}/${name}`)
  const lists = isSourceList(sources)
    ? sources.files.map(({ sha256 }, index) => listFileName('sources', index, sha256))
    : []
  const problems = compareListing(new Set([...files.map(({ name }) => name), ...lists]), found)
  for (const file of files)
    if (found.has(file.name)) problems.push(...(await verifyFile(storage, manifest, file, signal)))
  problems.push(...(await verifySources(storage, manifest, found)))
  if (found.has(planName)) {
    const id = await readJson(storage, planName).then(sha256OfJson, () => 'no JSON')
    if (id !== planId)
      problems.push({
        code: 'wrong-plan',
        file: planName,
        message: `${planName} has id ${id}, the manifest names ${planId}`,
      })
  }
  const isCompared = again !== undefined && problems.length === 0
  if (isCompared) problems.push(...(await compareFiles(storage, manifest, again)))
  return {
    manifest,
    problems,
    bytesChecked: totals.byteLength,
    tokensChecked: isCompared ? totals.tokens : 0,
    leftovers: (await storage.leftovers()).map(({ name }) => name),
  }
}

async function verifyFile(
  storage: DatasetStorage,
  manifest: TokenManifest,
  { name, byteLength, sha256 }: TokenFile,
  signal: AbortSignal | undefined,
): Promise<readonly Problem[]> {
  const handle = await storage.openRead(name)
  try {
    if (handle.byteLength !== byteLength) {
      const message = `${name} has ${handle.byteLength} bytes, expected ${byteLength}`
      return [{ code: 'wrong-size', file: name, message }]
    }
    const hashed = await hashObject(handle, signal && { signal })
    if (hashed !== sha256)
      return [{ code: 'wrong-hash', file: name, message: `${name} has sha256 ${hashed}, expected ${sha256}` }]
    if (name === tokensName) await checkIds(storage, manifest, signal)
    else for await (const _ of readDocumentStarts(storage, manifest).blocks()) signal?.throwIfAborted()
    return []
  } catch (error) {
    if (!(error instanceof DatasetError) || error.code !== 'corrupt') throw error
    return [{ code: 'damaged', file: name, message: error.message }]
  } finally {
    await handle.close()
  }
}

/** @throws DatasetError `corrupt` for the first id that the vocabulary does not have */
async function checkIds(
  storage: DatasetStorage,
  manifest: TokenManifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { vocabSize } = manifest.identities.tokenizer
  for await (const { first, ids } of readIdBlocks(storage, manifest)) {
    signal?.throwIfAborted()
    const place = ids.findIndex((id) => id >= vocabSize)
    if (place === -1) continue
    const message = `${tokensName}: id ${first + place} is ${ids[place]}, the vocabulary has ${vocabSize}`
    throw new DatasetError('corrupt', message, { file: tokensName })
  }
}

/** Compares the files with those that were made again. */
async function compareFiles(
  storage: DatasetStorage,
  manifest: TokenManifest,
  again: DatasetStorage,
): Promise<readonly Problem[]> {
  const made = await readTokenManifest(again)
  const wrong = manifest.files.filter(({ sha256 }, index) => sha256 !== made.files[index]?.sha256)
  const problems: Problem[] = []
  for (const { name } of wrong) {
    const message =
      name === tokensName
        ? await firstDifference(readIdBlocks(storage, manifest), readIdBlocks(again, made))
        : `${name} is not where the documents of the corpus begin`
    problems.push({ code: 'wrong-ids', file: name, message })
  }
  return problems
}

/** Says where two sequences of ids, read in blocks of one length, begin to differ. */
async function firstDifference(
  here: AsyncGenerator<IdBlock, void>,
  corpus: AsyncGenerator<IdBlock, void>,
): Promise<string> {
  for (;;) {
    const [own, other] = [await here.next(), await corpus.next()]
    if (own.done === true || other.done === true)
      return `${tokensName} has ${own.done === true ? 'fewer' : 'more'} ids than the corpus gives`
    const { first, ids } = own.value
    const place = ids.findIndex((id, at) => id !== other.value.ids[at])
    if (place !== -1)
      return `${tokensName}: id ${first + place} is ${ids[place]}, the corpus gives ${other.value.ids[place] ?? 'none'}`
    if (other.value.ids.length > ids.length) return `${tokensName} has fewer ids than the corpus gives`
  }
}
