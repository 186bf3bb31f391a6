import { resolve, sep } from 'node:path'
import { detectFormat, isLocalLocator, listSources, type IdentifyWatch } from '@sluice/corpus'
import type { InputAccount } from '@sluice/dataset'
import type { Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import type { PlannedSource } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { accountInputs } from './account-inputs.ts'
import { largeBytes, probeSource } from './probe-source.ts'
import { sideBySide } from '../task/side-by-side.ts'
import { reachSource, type ReachedSource, type SourceAccess } from './source-access.ts'

/** How opening a corpus is watched and stopped. */
export interface OpenCorpusOptions {
  readonly signal?: AbortSignal
  /** Called with the bytes of all sources, before the first is read. */
  readonly onReached?: (byteLength: number) => void
  /** Told while sources are read once to be identified, where that takes a while. In bytes. */
  readonly onHashing?: (done: number, total: number) => void
}

/** The sources of a configuration, and what else was found. */
export interface IdentifiedSources {
  readonly sources: readonly PlannedSource[]
  readonly inputs: InputAccount
}

/** Sources that are read beside each other: of small ones most of the time is spent waiting for the file system. */
const atOnce = 8

/**
 * Lists the sources of a configuration, makes each readable in ranges, detects its format and hashes it. Large ones are looked into
 * first: what no run can read is refused before it is hashed.
 *
 * @param encodingOf loads the run's tokenizer, where it has one
 * @throws CorpusError for a source that is missing, unreadable or of a kind that is not known; RunError `too-short` where
 *   all are empty
 */
export async function identifySources(
  config: RunConfig,
  access: SourceAccess,
  { signal, onReached, onHashing }: OpenCorpusOptions,
  encodingOf: () => Promise<Encoding | undefined>,
): Promise<IdentifiedSources> {
  const { format, compression, idDtype } = config
  const override = {
    ...(format && { format }),
    ...(compression && { compression }),
    ...(idDtype && { idDtype }),
  }
  const list = await listSources(config.corpus, {
    ...access.remote,
    followLinks: config.links === 'follow',
  })
  // The run's folder may lie in one of the corpus': what an earlier attempt left there is not text.
  const isOwn = (locator: string): boolean => isBelow(locator, access.path)
  const others = list.sources.filter((locator) => !isOwn(locator))
  const locators = others.length === 0 ? list.sources : others
  const inputs = accountInputs(list, others.length === 0 ? () => false : isOwn)
  const reached: ReachedSource[] = []
  for (const locator of locators) {
    signal?.throwIfAborted()
    reached.push(await reachSource(locator, access))
  }
  const total = reached.reduce((sum, { byteLength }) => sum + byteLength, 0)
  onReached?.(total)
  // One after the other: each may hold a line as long as one may be.
  for (const { open, byteLength } of reached) {
    signal?.throwIfAborted()
    if (byteLength < largeBytes) continue
    await using source = await open()
    await probeSource(source, await detectFormat(source, override), config, encodingOf)
  }
  const watch = { ...(signal && { signal }), onBytes: hashingProgress(total, onHashing) }
  const sources = await sideBySide(reached, atOnce, async (source) => {
    signal?.throwIfAborted()
    return identifySource(source, override, watch)
  })
  if (sources.every(({ byteLength }) => byteLength === 0)) {
    const got = sources.length === 1 ? 'an empty file' : 'empty files'
    const what = format === 'ids' ? 'ids' : 'text'
    throw new RunError('too-short', `${config.corpus.slice(0, 3).join(', ')}: expected ${what}, got ${got}`)
  }
  return { sources, inputs }
}

function isBelow(locator: string, folder: string): boolean {
  return isLocalLocator(locator) && resolve(locator).startsWith(resolve(folder) + sep)
}

/** Tells how far hashing is, at steps that are worth a word. */
function hashingProgress(
  total: number,
  onHashing: OpenCorpusOptions['onHashing'] = () => {},
): (byteLength: number) => void {
  const step = Math.max(16 << 20, total / 200)
  let done = 0
  let told = 0
  return (byteLength) => {
    done += byteLength
    if (total < largeBytes || (done - told < step && done < total)) return
    told = done
    onHashing(done, total)
  }
}

async function identifySource(
  { name, open }: ReachedSource,
  override: Parameters<typeof detectFormat>[1],
  watch: IdentifyWatch,
): Promise<PlannedSource> {
  await using source = await open()
  const { byteLength, sha256 } = await source.identify(watch)
  if (sha256 === undefined) throw new RunError('broken-state', `${name}: expected a source with a hash`)
  return { name, byteLength, sha256, ...(await detectFormat(source, override)) }
}
