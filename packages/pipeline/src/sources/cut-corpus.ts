import { expectedRatio, planSegments, type Segment } from '@sluice/corpus'
import { isPoison } from '../errors.ts'
import type { PlannedSource } from '../plan/plan.ts'
import type { RunSegment } from '../task/task.ts'
import type { CuttableCorpus } from './open-corpus.ts'
import { allowedSpecialOf, readOptionsOf } from './read-options.ts'
import { openPlannedSource } from './source-access.ts'
import type { SourceTable } from './source-table.ts'
import { perSourceBytes } from './source-weight.ts'

/**
 * How many segments' weight a corpus has at most: of a larger one each segment is larger. Two neighbouring groups weigh more than one
 * segment, so there are never more than twice as many, but for a last piece of each large source.
 */
const mostSegments = 10_000

const whole = { kind: 'whole' } as const

/**
 * Cuts a corpus into segments of about `segmentBytes`, and puts small sources together until they are about as large: where the
 * cuts fall never changes the ids.
 */
export async function cutCorpus(
  corpus: CuttableCorpus,
  segmentBytes: number,
): Promise<readonly RunSegment[]> {
  return cutSources(corpus.sources, segmentBytes, (source, targetBytes) =>
    cutSource(corpus, source, targetBytes),
  )
}

/**
 * The same for sources that are cut by somebody else: how many bytes a segment has, and which sources share one.
 *
 * @param cutOne cuts one source that is as large as a segment or larger
 */
export async function cutSources(
  sources: SourceTable,
  segmentBytes: number,
  cutOne: (source: number, targetBytes: number) => Promise<readonly RunSegment[]>,
): Promise<readonly RunSegment[]> {
  let total = 0
  for (const source of sources) total += weightOf(source)
  const targetBytes = Math.max(segmentBytes, Math.ceil(total / mostSegments))
  const segments: RunSegment[] = []
  for (let source = 0; source < sources.length;) {
    const { count, byteLength } = measureGroup(sources, source, targetBytes)
    if (count > 1) segments.push({ source, count, segment: whole, byteLength })
    else for (const segment of await cutOne(source, targetBytes)) segments.push(segment)
    source += count
  }
  return segments
}

/** What a source counts for. */
function weightOf({ byteLength, compression, format }: PlannedSource): number {
  const isCompressed = compression !== 'none' || format === 'parquet'
  return perSourceBytes + byteLength * (isCompressed ? expectedRatio : 1)
}

/** How many sources from `first` on make a group, and their bytes: one that is too large for a group is alone. */
function measureGroup(
  sources: SourceTable,
  first: number,
  targetBytes: number,
): { readonly count: number; readonly byteLength: number } {
  let weight = 0
  let byteLength = 0
  let next = first
  for (; next < sources.length; next++) {
    const source = sources.at(next)!
    weight += weightOf(source)
    if (weight > targetBytes && next > first) break
    byteLength += source.byteLength
  }
  return { count: next - first, byteLength }
}

async function cutSource(
  { config, sources, tokenizer, access }: CuttableCorpus,
  index: number,
  targetBytes: number,
): Promise<readonly RunSegment[]> {
  const planned = sources.at(index)!
  if (planned.byteLength === 0) return []
  const { encoding } = tokenizer
  const allowedSpecial = allowedSpecialOf(config, tokenizer)
  // Where ids do not tell bytes, a window's place in a text is the whole text: it must not depend on cuts.
  const findSafeCut = (bytes: Uint8Array, near: number): number =>
    encoding.keepsText ? encoding.findSafeCut(bytes, near, { allowedSpecial }, bytes.length) : -1
  await using source = await openPlannedSource(planned, access)
  const { endId } = config
  const ending = endId === undefined ? {} : { endId }
  const limits = readOptionsOf(config, tokenizer.identity)
  const cut = await planSegments(source, planned, { targetBytes, findSafeCut, limits, ...ending }).catch(
    (error: unknown): readonly Segment[] => {
      if (config.onPoison !== 'hole' || !isPoison(error)) throw error
      // Whoever reads it finds the same, and leaves it out.
      return [whole]
    },
  )
  const borders = bordersOf(cut, planned.byteLength)
  return cut.map((segment, place): RunSegment => {
    const byteLength =
      segment.kind === 'bytes' ? segment.end - segment.start : borders[place + 1]! - borders[place]!
    return { source: index, segment, byteLength }
  })
}

/** Where the shares of segments lie in the bytes of their source: those of blocks by their text, others equal ones. */
function bordersOf(cut: readonly Segment[], byteLength: number): readonly number[] {
  const last = cut.at(-1)
  if (last?.kind !== 'blocks') return [...cut, last].map((_, k) => Math.floor((byteLength * k) / cut.length))
  const starts = cut.map((segment) => (segment.kind === 'blocks' ? segment.start : 0))
  // How much text the last one has is known when it is read.
  const lastBytes = ((byteLength - last.stored.start) * last.start) / last.stored.start
  const ends = [...starts, last.start + lastBytes]
  return ends.map((at) => Math.round((byteLength * at) / ends.at(-1)!))
}
