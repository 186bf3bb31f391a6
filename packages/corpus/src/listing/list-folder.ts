import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathOfString, stringOfPath } from '../bytes/path-bytes.ts'
import { openFailure } from '../sources/open-failure.ts'
import { byCodeUnits } from './by-code-units.ts'
import { readSavedDataset } from './saved-dataset.ts'
import type { SkippedEntry } from './skipped-entry.ts'

/** What has a place of its own in the order of the corpus: a file, or the shards of a saved dataset, which stay together. */
export type Listed = string | ListedShards

interface ListedShards {
  /** The folder, which decides where they stand. */
  readonly path: string
  readonly files: readonly string[]
}

/** What decides where listed files stand. */
export function placeOf(listed: Listed): string {
  return typeof listed === 'string' ? listed : listed.path
}

/** The files themselves. */
export function filesOf(listed: Listed): string | readonly string[] {
  return typeof listed === 'string' ? listed : listed.files
}

/** How folders are listed, and what was found on the way. */
export interface FolderListing {
  readonly followLinks: boolean
  readonly skipped: SkippedEntry[]
  /** Links to folders that were followed. */
  readonly followed: Set<string>
  /** Real paths of the folders that were listed, where links are followed: no folder is listed twice. */
  readonly listed: Set<string>
}

/**
 * Lists all files below a folder, in no order. Links to files are followed, links to folders only on request. A folder that
 * Hugging Face's `save_to_disk` wrote gives its shards in their order, and nothing else.
 *
 * @throws CorpusError `not-readable` for a folder that may not be looked into
 */
export async function listFolder(folder: string, listing: FolderListing): Promise<Listed[]> {
  const { followLinks, skipped, listed } = listing
  if (followLinks) listed.add(stringOfPath(await realpath(pathOfString(folder), { encoding: 'buffer' })))
  const entries = await readFolder(folder)
  const saved = await readSavedDataset(folder, [...entries.keys()])
  if (saved !== undefined) {
    const wanted = new Set(saved.entries)
    for (const name of entries.keys())
      if (!wanted.has(name)) skipped.push({ path: join(folder, name), reason: 'not-data' })
    const found: Listed[] = []
    for (const name of saved.entries)
      found.push(...(await listEntry(join(folder, name), entries.get(name), listing)))
    return [{ path: join(folder, ''), files: found.flatMap(filesOf) }]
  }
  const found: Listed[] = []
  // What `join` puts before each name: it looks at every character of the path again.
  const prefix = join(folder, '-').slice(0, -1)
  for (const [name, entry] of entries) {
    const path = prefix + name
    if (name.startsWith('.')) skipped.push({ path, reason: 'hidden' })
    // A folder may have a million of them: nothing is to be waited for.
    else if (entry.isFile()) found.push(path)
    else for (const files of await listEntry(path, entry, listing)) found.push(files)
  }
  return found
}

async function readFolder(folder: string): Promise<ReadonlyMap<string, Dirent<Buffer>>> {
  const entries = await readdir(pathOfString(folder), { withFileTypes: true, encoding: 'buffer' }).catch(
    (error: unknown) => {
      throw openFailure(folder, error)
    },
  )
  const named = entries.map((entry) => [stringOfPath(entry.name), entry] as const)
  return new Map(named.toSorted(([left], [right]) => byCodeUnits(left, right)))
}

async function listEntry(
  path: string,
  entry: Dirent<Buffer> | undefined,
  listing: FolderListing,
): Promise<readonly Listed[]> {
  if (entry?.isDirectory() === true) {
    const again = listing.followLinks && (await isListed(path, listing))
    return again ? skip(path, 'listed-already', listing) : listFolder(path, listing)
  }
  if (entry?.isFile() === true) return [path]
  if (entry?.isSymbolicLink() !== true) return skip(path, 'not-a-file', listing)
  const target = await stat(pathOfString(path)).catch(() => undefined)
  if (target === undefined) return skip(path, 'broken-link', listing)
  if (target.isFile()) return [path]
  if (!target.isDirectory()) return skip(path, 'not-a-file', listing)
  if (!listing.followLinks) return skip(path, 'linked-folder', listing)
  if (await isListed(path, listing)) return skip(path, 'listed-already', listing)
  listing.followed.add(path)
  return listFolder(path, listing)
}

async function isListed(path: string, { listed }: FolderListing): Promise<boolean> {
  return listed.has(stringOfPath(await realpath(pathOfString(path), { encoding: 'buffer' })))
}

function skip(path: string, reason: SkippedEntry['reason'], { skipped }: FolderListing): readonly [] {
  skipped.push({ path, reason })
  return []
}
