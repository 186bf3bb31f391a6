import { resolve, sep } from 'node:path'
import { detectFormat, isLocalLocator, listSources, openSource, planSegments } from '@sluice/corpus'
import type { Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import type { PlannedSource } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { openPlannedSource, reachSource, type ReachedSource, type SourceAccess } from './source-access.ts'
import type { RunSegment } from '../task/task.ts'
import { allowedSpecialOf } from './read-options.ts'

/**
 * Lists the corpus, makes every source readable in ranges, finds out what it is and hashes it.
 *
 * @param onReached told how many bytes all sources have, before the first is read
 * @throws CorpusError for a source that is missing, unreadable or of a kind that is not known; RunError `too-short` where
 *   all are empty
 */
export async function identifySources(
  config: RunConfig,
  access: SourceAccess,
  signal: AbortSignal,
  onReached: (byteLength: number) => void = () => {},
): Promise<PlannedSource[]> {
  const { format, compression } = config
  const override = { ...(format && { format }), ...(compression && { compression }) }
  const { sources: listed } = await listSources(config.corpus, access.remote)
  // The run's folder may lie in one of the corpus': what an earlier attempt left there is not text.
  const others = listed.filter((locator) => !isBelow(locator, access.path))
  const locators = others.length === 0 ? listed : others
  const reached: ReachedSource[] = []
  for (const locator of locators) {
    signal.throwIfAborted()
    reached.push(await reachSource(locator, access))
  }
  onReached(reached.reduce((sum, { byteLength }) => sum + byteLength, 0))
  const sources: PlannedSource[] = []
  for (const source of reached) {
    signal.throwIfAborted()
    sources.push(await identifySource(source, override))
  }
  if (sources.every(({ byteLength }) => byteLength === 0)) {
    const got = sources.length === 1 ? 'an empty file' : 'empty files'
    throw new RunError('too-short', `${config.corpus.slice(0, 3).join(', ')}: expected text, got ${got}`)
  }
  return sources
}

function isBelow(locator: string, folder: string): boolean {
  return isLocalLocator(locator) && resolve(locator).startsWith(resolve(folder) + sep)
}

async function identifySource(
  { name, path }: ReachedSource,
  override: Parameters<typeof detectFormat>[1],
): Promise<PlannedSource> {
  await using source = await openSource(path)
  const { byteLength, sha256 } = await source.identify()
  if (sha256 === undefined) throw new RunError('broken-state', `${name}: expected a source with a hash`)
  return { name, byteLength, sha256, ...(await detectFormat(source, override)) }
}

/** Cuts the sources into segments of about `segmentBytes`: where the cuts fall never changes the ids. */
export async function planRunSegments(
  sources: readonly PlannedSource[],
  config: RunConfig,
  encoding: Encoding,
  access: SourceAccess,
  segmentBytes: number,
): Promise<RunSegment[]> {
  const allowedSpecial = allowedSpecialOf(config, encoding)
  const findSafeCut = (bytes: Uint8Array, near: number): number =>
    encoding.findSafeCut(bytes, near, { allowedSpecial }, bytes.length)
  const segments: RunSegment[] = []
  for (const [index, planned] of sources.entries()) {
    if (planned.byteLength === 0) continue
    await using source = await openPlannedSource(planned, access)
    const cut = await planSegments(source, planned, { targetBytes: segmentBytes, findSafeCut })
    const share = Math.floor(planned.byteLength / cut.length)
    for (const [place, segment] of cut.entries()) {
      const rest = place === cut.length - 1 ? planned.byteLength - share * place : share
      const byteLength = segment.kind === 'bytes' ? segment.end - segment.start : rest
      segments.push({ source: index, segment, byteLength })
    }
  }
  return segments
}
