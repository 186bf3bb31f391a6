import { stat } from 'node:fs/promises'
import { matchesGlob } from 'node:path'
import { CorpusError } from '../errors.ts'
import { parseS3Url } from '../s3/s3-url.ts'
import { expandGlob } from './expand-glob.ts'
import { listFolder } from './list-folder.ts'
import type { SourceOptions } from './open-source.ts'

/** What a list of paths, globs, folders and URLs stands for. */
export interface SourceList {
  /** Locators for {@link openSource}, in the order of the corpus. */
  readonly sources: readonly string[]
  /** What a folder or glob held that is no source. */
  readonly skipped: readonly SkippedEntry[]
}

/** Something that was passed over, and why. */
export interface SkippedEntry {
  readonly path: string
  readonly reason: 'hidden' | 'linked-folder' | 'broken-link' | 'not-a-file'
}

const magic = /[*?[\]{}]/

/**
 * Lists the sources of a corpus: the order of `inputs`, and within a folder (all files below it) or a glob (`**` too) the
 * order of the paths by UTF-16 code units, which is the same on every machine. Hidden files and linked folders are passed
 * over and listed as skipped. `s3://bucket/folder/` and `s3://bucket/part-*.jsonl` are listed as well.
 *
 * @throws CorpusError `not-found`, `no-match`, `not-readable`
 */
export async function listSources(
  inputs: readonly string[],
  options: SourceOptions = {},
): Promise<SourceList> {
  const sources: string[] = []
  const skipped: SkippedEntry[] = []
  for (const input of inputs) {
    const found = await expand(input, skipped, options)
    if (found.length === 0) throw noMatch(input)
    for (const source of found) sources.push(source)
  }
  return { sources, skipped }
}

async function expand(
  input: string,
  skipped: SkippedEntry[],
  options: SourceOptions,
): Promise<readonly string[]> {
  if (input === '-' || /^https?:\/\//i.test(input)) return [input]
  if (/^s3:\/\//i.test(input)) return expandS3(input, options)
  if (options.local === false) {
    throw new CorpusError('address-refused', 'local files are not allowed here; give a URL', {
      source: input,
    })
  }
  const entry = await stat(input).catch(() => undefined)
  if (entry?.isDirectory() === true) return (await listFolder(input, skipped)).toSorted(byCodeUnits)
  if (entry !== undefined) return [input]
  if (magic.test(input)) return (await expandGlob(input, skipped)).toSorted(byCodeUnits)
  throw new CorpusError('not-found', 'no such file or folder; check the path', { source: input })
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

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function noMatch(input: string): CorpusError {
  return new CorpusError('no-match', 'no file is there; check the pattern or the folder', { source: input })
}
