import { stat } from 'node:fs/promises'
import { matchesGlob } from 'node:path'
import { CorpusError } from '../errors.ts'
import { parseS3Url } from '../s3/s3-url.ts'
import { isLocalLocator, schemeOf } from '../bytes/locator.ts'
import { pathOfString } from '../bytes/path-bytes.ts'
import { byCodeUnits } from './by-code-units.ts'
import type { SkippedEntry } from './skipped-entry.ts'
import { expandGlob } from './expand-glob.ts'
import { filesOf, listFolder, placeOf } from './list-folder.ts'
import type { SourceOptions } from '../sources/open-source.ts'

/** What a list of paths, globs, folders and URLs stands for. */
export interface SourceList {
  /** Locators for {@link openSource}, in the order of the corpus. */
  readonly sources: readonly string[]
  /** Entries of folders and globs that are not sources. */
  readonly skipped: readonly SkippedEntry[]
  /** Links to folders that were followed. */
  readonly followed: readonly string[]
}

/** How to list sources. */
export interface ListOptions extends SourceOptions {
  /**
   * Whether links to folders are followed, in folders and globs. Each folder is listed once, so circles end.
   * @default false
   */
  readonly followLinks?: boolean
}

const magic = /[*?[\]{}]/

/**
 * Lists the sources of a corpus: the order of `inputs`, and within a folder (all files below it) or a glob (`**` too) the
 * order of the paths by UTF-16 code units, which is the same on every machine. What is passed over is listed as skipped, with
 * the reason. A folder that Hugging Face's `save_to_disk` wrote stands for its shards in their order. `s3://bucket/folder/` and `s3://bucket/part-*.jsonl` are listed as well.
 *
 * @throws CorpusError `not-found`, `no-match`, `not-readable`
 */
export async function listSources(inputs: readonly string[], options: ListOptions = {}): Promise<SourceList> {
  const sources: string[] = []
  const passed: PassedOver = { skipped: [], followed: new Set() }
  for (const input of inputs) {
    const found = await expand(input, passed, options)
    if (found.length === 0) throw noMatch(input)
    for (const source of found) sources.push(source)
  }
  return { sources, skipped: passed.skipped, followed: [...passed.followed] }
}

/** What was found besides sources. */
interface PassedOver {
  readonly skipped: SkippedEntry[]
  readonly followed: Set<string>
}

async function expand(input: string, passed: PassedOver, options: ListOptions): Promise<readonly string[]> {
  if (schemeOf(input) === 's3') return expandS3(input, options)
  if (!isLocalLocator(input)) return [input]
  if (options.local === false) {
    throw new CorpusError('address-refused', 'local files are not allowed here; give a URL', {
      source: input,
    })
  }
  const { followLinks = false } = options
  const entry = await stat(pathOfString(input)).catch(() => undefined)
  if (entry?.isDirectory() === true) {
    const found = await listFolder(input, { followLinks, ...passed, listed: new Set() })
    return found.toSorted((left, right) => byCodeUnits(placeOf(left), placeOf(right))).flatMap(filesOf)
  }
  if (entry !== undefined) return [input]
  if (magic.test(input)) return (await expandGlob(input, { followLinks, ...passed })).toSorted(byCodeUnits)
  const advice = input.includes('\ufffd')
    ? 'an argument cannot hold a name that is not UTF-8: give its folder'
    : 'check the path'
  throw new CorpusError('not-found', `no such file or folder; ${advice}`, { source: input })
}

async function expandS3(input: string, options: SourceOptions): Promise<string[]> {
  const { bucket, key } = parseS3Url(input)
  const isGlob = magic.test(key)
  if (!isGlob && key !== '' && !key.endsWith('/')) return [input]
  const prefix = isGlob ? key.slice(0, key.search(magic)) : key
  const { listObjects } = await import('../s3/list-objects.ts')
  const found: string[] = []
  for await (const object of listObjects(bucket, prefix, options.s3, options.http)) {
    const wanted = !object.endsWith('/') && (!isGlob || matchesGlob(object, key))
    if (wanted) found.push(`s3://${bucket}/${object}`)
  }
  return found.toSorted(byCodeUnits)
}

function noMatch(input: string): CorpusError {
  return new CorpusError('no-match', 'no file is there; check the pattern or the folder', { source: input })
}
