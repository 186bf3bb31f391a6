import { dirname, resolve, sep } from 'node:path'
import {
  detectFormat,
  isLocalLocator,
  listSources,
  smallFileLength,
  sourceFormatOf,
  type IdentifyWatch,
} from '@sluice/corpus'
import { Breath, type InputAccount } from '@sluice/dataset'
import type { Encoding } from '@sluice/tokenizer'
import { isPoison, RunError } from '../errors.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { accountInputs } from './account-inputs.ts'
import { largeBytes, probeSource } from './probe-source.ts'
import { sideBySide } from '../task/side-by-side.ts'
import { byteLengthOf, SourceTableBuilder, type SourceTable } from './source-table.ts'
import { perSourceBytes } from './source-weight.ts'
import { identifyOnThreads, type IdentifyingThread } from './small-files.ts'
import { reachSource, type ReachedSource, type SourceAccess } from './source-access.ts'

/** How opening a corpus is watched and stopped. */
export interface OpenCorpusOptions {
  readonly signal?: AbortSignal
  /** Called with the bytes of all sources and their number, before the first is read. */
  readonly onReached?: (byteLength: number, count: number) => void
  /** Threads that help where there are many sources. @default none */
  readonly threads?: readonly IdentifyingThread[]
  /** Told while sources are read once to be identified, where that takes a while. In bytes. */
  readonly onHashing?: (done: number, total: number) => void
}

/** Several sources of at least so many bytes are hashed by threads beside. */
const besideBytes = 64 << 20

/** The sources of a configuration, and what else was found. */
export interface IdentifiedSources {
  readonly sources: SourceTable
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
  { signal, onReached, threads = [], onHashing }: OpenCorpusOptions,
  encodingOf: () => Promise<Encoding | undefined>,
): Promise<IdentifiedSources> {
  const { format, compression, idDtype, onPoison } = config
  const leavesHoles = onPoison === 'hole'
  const override = {
    ...(format && { format }),
    ...(compression && { compression }),
    ...(idDtype && { idDtype }),
    ...(leavesHoles && { damagedByName: true }),
  }
  const list = await listSources(config.corpus, {
    ...access.remote,
    followLinks: config.links === 'follow',
  })
  // The run's folder may lie in one of the corpus': what an earlier attempt left there is not text.
  const isOwn = isBelow(access.path)
  const others = list.sources.filter((locator) => !isOwn(locator))
  const locators = others.length === 0 ? list.sources : others
  const inputs = accountInputs(list, others.length === 0 ? () => false : isOwn)
  const breath = new Breath(signal)
  const reached = new Map<number, ReachedSource>()
  const small: number[] = []
  let total = 0
  for (const [index, locator] of locators.entries()) {
    if (breath.isDue) await breath.take()
    const byteLength = isLocalLocator(locator) ? smallFileLength(locator) : undefined
    if (byteLength === undefined) reached.set(index, await reachSource(locator, access))
    else small.push(index)
    total += byteLength ?? reached.get(index)!.byteLength
  }
  onReached?.(total, locators.length)
  // One after the other: each may hold a line as long as one may be.
  for (const { open, byteLength } of reached.values()) {
    signal?.throwIfAborted()
    if (byteLength < largeBytes) continue
    await using source = await open()
    try {
      await probeSource(source, await detectFormat(source, override), config, encodingOf)
    } catch (error) {
      if (!leavesHoles || !isPoison(error)) throw error
    }
  }
  const isLong = total > 0 && total + locators.length * perSourceBytes >= largeBytes
  const onBytes = isLong ? hashingProgress(total, onHashing) : () => {}
  const table = new SourceTableBuilder(locators.length)
  const names = small.map((index) => locators[index]!)
  const { within } = access
  await identifyOnThreads(
    names,
    { ...override, ...(within && { within }) },
    {
      ...{ threads, signal },
      onIdentified(first, identities) {
        for (const [place, sha256] of identities.sha256.entries()) {
          if (sha256 === '') continue
          const byteLength = identities.byteLength[place]!
          const found = { byteLength, sha256, ...sourceFormatOf(identities, place) }
          table.set(small[first + place]!, names[first + place]!, found)
        }
        onBytes(identities.byteLength.reduce((sum, byteLength) => sum + byteLength, 0))
      },
    },
  )
  // What is unusual about the others is found, and told, the general way.
  for (const index of small) {
    if (!table.has(index)) reached.set(index, await reachSource(locators[index]!, access))
  }
  const inOrder = [...reached].toSorted(([left], [right]) => left - right)
  // One alone is read ahead and hashed here in the time that a thread takes to begin.
  const beside = inOrder.filter(([, { byteLength }]) => byteLength >= besideBytes).length > 1
  const watch = { ...(signal && { signal }), onBytes, beside }
  await sideBySide(inOrder, atOnce, async ([index, source]) => {
    signal?.throwIfAborted()
    table.set(index, source.name, await identifySource(source, override, watch))
  })
  const sources = table.finish()
  if (byteLengthOf(sources) === 0) {
    const got = sources.length === 1 ? 'an empty file' : 'empty files'
    const what = format === 'ids' ? 'ids' : 'text'
    throw new RunError('too-short', `${config.corpus.slice(0, 3).join(', ')}: expected ${what}, got ${got}`)
  }
  return { sources, inputs }
}

/** Returns whether locators lie below a folder. Those of one folder come one after the other: where it lies is found once. */
function isBelow(folder: string): (locator: string) => boolean {
  const home = resolve(folder) + sep
  let last: { readonly parent: string; readonly isInside: boolean } | undefined
  return (locator) => {
    if (!isLocalLocator(locator)) return false
    const parent = dirname(locator)
    if (last?.parent !== parent) last = { parent, isInside: (resolve(parent) + sep).startsWith(home) }
    return last.isInside
  }
}

/** Tells how far hashing is, at steps that are worth a word. */
function hashingProgress(
  total: number,
  onHashing: OpenCorpusOptions['onHashing'] = () => {},
): (byteLength: number) => void {
  const step = total / 200
  let done = 0
  let told = 0
  return (byteLength) => {
    done += byteLength
    if (done - told < step && done < total) return
    told = done
    onHashing(done, total)
  }
}

async function identifySource(
  { name, open }: ReachedSource,
  override: Parameters<typeof detectFormat>[1],
  watch: IdentifyWatch,
): Promise<Parameters<SourceTableBuilder['set']>[2]> {
  await using source = await open()
  const { byteLength, sha256 } = await source.identify(watch)
  if (sha256 === undefined) throw new RunError('broken-state', `${name}: expected a source with a hash`)
  return { byteLength, sha256, ...(await detectFormat(source, override)) }
}
