import { basename, join, resolve } from 'node:path'
import {
  CorpusError,
  isLocalLocator,
  openSource,
  spoolSource,
  type ByteSource,
  type SourceOptions,
} from '@sluice/corpus'
import { openInRoots } from './confined-path.ts'
import { runNames } from '../folder/names.ts'
import { openRunStorage } from '../folder/run-storage.ts'
import type { PlannedSource } from '../plan/plan.ts'

/** What the name of a copy begins with. */
const sha256Digits = 64

/** How a run reaches its sources. Plain data: it crosses to worker threads. */
export interface SourceAccess {
  /** The run's folder: it holds the copies of remote sources. */
  readonly path: string
  /** Which addresses may be reached, and with which credentials. */
  readonly remote?: Omit<SourceOptions, 'local' | 'within'>
  /**
   * Folders that local files are confined to, for plans that somebody else wrote. With them a name is a relative path in
   * one of them; without, whatever this process may read.
   */
  readonly roots?: readonly string[]
  /** Folders and files that local files must lie in, however they are named. @default anywhere */
  readonly within?: readonly string[]
  /** The trusted folder that the run's folder lies in, where a job named it: no link between the two is followed. */
  readonly dataRoot?: string
}

/** A source that is ready to be read in ranges, any number of times. */
export interface ReachedSource {
  /** What the plan calls it: without what a URL may hold of secrets. */
  readonly name: string
  readonly byteLength: number
  readonly open: () => Promise<ByteSource>
}

/**
 * Makes a source readable in ranges: a local file is so already; standard input and downloads are copied into
 * `spool/`, where a broken download resumes from the same place.
 */
export async function reachSource(locator: string, access: SourceAccess): Promise<ReachedSource> {
  const { path, remote = {}, within } = access
  const options = within === undefined ? remote : { ...remote, within }
  await using source = await openSource(locator, options)
  const { seekable, byteLength } = source
  if (isLocalLocator(locator) && seekable && byteLength !== undefined)
    return { name: locator, byteLength, open: () => openSource(locator, options) }
  const copy = await spoolSource(source, path, runNames.spool)
  return {
    name: nameWithoutSecrets(locator),
    byteLength: copy.identity.byteLength,
    open: () => openCopy(basename(copy.path), access),
  }
}

/** The fields of a planned source that opening it needs. */
type Planned = Pick<PlannedSource, 'name' | 'byteLength' | 'sha256'>

/**
 * Opens a source of a plan, here or in any process that sees the run's folder.
 *
 * @throws CorpusError `source-changed` when it has not the size that it had when the run was planned
 */
export async function openPlannedSource(planned: Planned, access: SourceAccess): Promise<ByteSource> {
  const source = await openContent(planned, access)
  if (source.byteLength === undefined || source.byteLength === planned.byteLength) return source
  await source[Symbol.asyncDispose]()
  const message = `has ${source.byteLength} bytes, and had ${planned.byteLength} when the run was planned; plan it again`
  throw new CorpusError('source-changed', message, { source: planned.name })
}

/** Opens the local file with the content of a source: itself, or the copy in the run's folder. */
async function openContent({ name, sha256 }: Planned, access: SourceAccess): Promise<ByteSource> {
  const copy = (await copiesIn(access)).get(sha256)
  if (copy !== undefined) return openCopy(copy, access)
  const { path, roots, within } = access
  if (!isLocalLocator(name)) {
    const message = `its copy in ${join(path, runNames.spool)} is gone; give the source again`
    throw new CorpusError('source-changed', message, { source: name })
  }
  if (roots !== undefined) return openInRoots(name, roots)
  return openSource(name, within === undefined ? {} : { within })
}

/** Opens a copy in the run's folder, which others may write to. */
function openCopy(name: string, { path, dataRoot = path }: SourceAccess): Promise<ByteSource> {
  return openSource(resolve(path, runNames.spool, name), { within: [dataRoot] })
}

/**
 * The copies in a run's folder. They are made before the first source is opened by its plan, and looked for once: a task may open
 * thousands of sources.
 */
const copiesOf = new WeakMap<SourceAccess, Promise<ReadonlyMap<string, string>>>()

/** The names of the copies in a run's folder, by the sha256 of what they hold. */
export function copiesIn(access: SourceAccess): Promise<ReadonlyMap<string, string>> {
  const known = copiesOf.get(access)
  if (known !== undefined) return known
  const { path, dataRoot } = access
  const entries = openRunStorage(path, dataRoot).list(runNames.spool)
  const names = entries.then((all) => new Map(all.map(({ name }) => [name.slice(0, sha256Digits), name])))
  copiesOf.set(access, names)
  // A folder that cannot be listed now may be there when the task is tried again.
  names.catch(() => copiesOf.delete(access))
  return names
}

/** A URL without user, password, query and fragment; standard input and paths as they are. */
function nameWithoutSecrets(locator: string): string {
  if (!URL.canParse(locator)) return locator === '-' ? 'standard input' : basename(locator)
  const url = new URL(locator)
  return `${url.protocol}//${url.host}${url.pathname}`
}
