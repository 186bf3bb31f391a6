import { basename, join } from 'node:path'
import {
  CorpusError,
  isLocalLocator,
  openSource,
  spoolSource,
  type ByteSource,
  type SourceOptions,
} from '@sluice/corpus'
import { findInRoots } from './confined-path.ts'
import { runNames } from '../folder/names.ts'
import { openRunStorage } from '../folder/run-storage.ts'
import type { PlannedSource } from '../plan/plan.ts'

/** How a run reaches its sources. Plain data: it crosses to worker threads. */
export interface SourceAccess {
  /** The run's folder: it holds the copies of sources that are no local files. */
  readonly path: string
  /** Which addresses may be reached, and with which credentials. */
  readonly remote?: Omit<SourceOptions, 'local'>
  /**
   * Folders that local files are confined to, for plans that somebody else wrote. With them a name is a relative path in
   * one of them; without, whatever this process may read.
   */
  readonly roots?: readonly string[]
}

/** A source that is ready to be read in ranges, any number of times. */
export interface ReachedSource {
  /** What the plan calls it: without what a URL may hold of secrets. */
  readonly name: string
  readonly path: string
  readonly byteLength: number
}

/**
 * Makes a source readable in ranges: a local file is so already; standard input and downloads are copied into
 * `spool/`, where a broken download resumes from the same place.
 */
export async function reachSource(
  locator: string,
  { path, remote = {} }: SourceAccess,
): Promise<ReachedSource> {
  await using source = await openSource(locator, remote)
  const { seekable, byteLength } = source
  if (isLocalLocator(locator) && seekable && byteLength !== undefined)
    return { name: locator, path: locator, byteLength }
  // A link in its place is refused: the copy would be written wherever it leads.
  await copies(path)
  const copy = await spoolSource(source, join(path, runNames.spool))
  return { name: nameWithoutSecrets(locator), path: copy.path, byteLength: copy.identity.byteLength }
}

/** What a plan says of a source, as far as opening it needs. */
type Planned = Pick<PlannedSource, 'name' | 'byteLength' | 'sha256'>

/**
 * Opens a source of a plan, here or in any process that sees the run's folder.
 *
 * @throws CorpusError `source-changed` when it has not the size that it had when the run was planned
 */
export async function openPlannedSource(planned: Planned, access: SourceAccess): Promise<ByteSource> {
  const source = await openSource(await pathOfSource(planned, access))
  if (source.byteLength === undefined || source.byteLength === planned.byteLength) return source
  await source[Symbol.asyncDispose]()
  const message = `has ${source.byteLength} bytes, and had ${planned.byteLength} when the run was planned; plan it again`
  throw new CorpusError('source-changed', message, { source: planned.name })
}

/** The local file with the content of a source: itself, or the copy in the run's folder. */
export async function pathOfSource(
  { name, sha256 }: Planned,
  { path, roots }: SourceAccess,
): Promise<string> {
  if (isLocalLocator(name) && !(await hasCopy(path, sha256)))
    return roots === undefined ? name : findInRoots(name, roots)
  const copy = join(runNames.spool, await copyOf(path, name, sha256))
  return roots === undefined ? join(path, copy) : findInRoots(copy, [path])
}

async function copyOf(path: string, name: string, sha256: string): Promise<string> {
  const copy = (await copies(path)).find((file) => file.startsWith(sha256))
  if (copy !== undefined) return copy
  throw new CorpusError(
    'source-changed',
    `its copy in ${join(path, runNames.spool)} is gone; give the source again`,
    {
      source: name,
    },
  )
}

async function hasCopy(path: string, sha256: string): Promise<boolean> {
  return (await copies(path)).some((file) => file.startsWith(sha256))
}

async function copies(path: string): Promise<readonly string[]> {
  const entries = await openRunStorage(path).list(runNames.spool)
  return entries.map(({ name }) => name)
}

/** A URL without user, password, query and fragment; standard input and paths as they are. */
function nameWithoutSecrets(locator: string): string {
  if (!URL.canParse(locator)) return locator === '-' ? 'standard input' : basename(locator)
  const url = new URL(locator)
  return `${url.protocol}//${url.host}${url.pathname}`
}
