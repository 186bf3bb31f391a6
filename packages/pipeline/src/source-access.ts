import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CorpusError, openSource, spoolSource, type ByteSource, type SourceOptions } from '@sluice/corpus'
import { runNames } from './names.ts'

/** How a run reaches its sources. Plain data: it crosses to worker threads. */
export interface SourceAccess {
  /** The run's folder: it holds the copies of sources that are no local files. */
  readonly path: string
  /** Which addresses may be reached, and with which credentials. */
  readonly remote?: Omit<SourceOptions, 'local'>
}

/** Whether a source is read where it is; the others are copied into the run's folder first. */
function isLocalFile(locator: string): boolean {
  return locator !== '-' && !/^[a-z][a-z0-9+.-]+:\/\//i.test(locator)
}

/** A source that is ready to be read in ranges, any number of times. */
export interface ReachedSource {
  /** What the plan calls it: without what a URL may hold of secrets. */
  readonly name: string
  readonly path: string
}

/**
 * Makes a source readable in ranges: a local file is so already; standard input and downloads are copied into
 * `spool/`, where a broken download goes on from the same place next time.
 */
export async function reachSource(
  locator: string,
  { path, remote = {} }: SourceAccess,
): Promise<ReachedSource> {
  await using source = await openSource(locator, remote)
  if (isLocalFile(locator) && source.seekable) return { name: locator, path: locator }
  const copy = await spoolSource(source, join(path, runNames.spool))
  return { name: nameWithoutSecrets(locator), path: copy.path }
}

/** Opens a source of a plan, here or in any process that sees the run's folder. */
export async function openPlannedSource(
  { name, sha256 }: { readonly name: string; readonly sha256: string },
  { path }: SourceAccess,
): Promise<ByteSource> {
  if (isLocalFile(name) && !(await hasCopy(path, sha256))) return openSource(name)
  return openSource(join(path, runNames.spool, await copyOf(path, name, sha256)))
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
  return readdir(join(path, runNames.spool)).catch((): string[] => [])
}

/** A URL without user, password, query and fragment; standard input and paths as they are. */
function nameWithoutSecrets(locator: string): string {
  if (!URL.canParse(locator)) return locator === '-' ? 'standard input' : basename(locator)
  const url = new URL(locator)
  return `${url.protocol}//${url.host}${url.pathname}`
}
