import { planSegments, type Format } from '@sluice/corpus'
import type { PlannedSource } from '../plan/plan.ts'
import type { RunSegment } from '../task/task.ts'
import type { CuttableCorpus } from './open-corpus.ts'
import { byteLengthOf } from './open-corpus.ts'
import { allowedSpecialOf } from './read-options.ts'
import { openPlannedSource } from './source-access.ts'

/** Segments that a corpus is cut into at most, about; of a larger one each segment is larger. */
const mostSegments = 16_384

/** What opening a file and listing it costs, as the bytes that are tokenized in the same time. */
const perSourceBytes = 4096

/** How many times the bytes as stored the text of a compressed source may have: a guess that keeps groups about one size. */
const compressionRatio = 4

/** Formats of which a whole file can be read from its beginning to its end. The others are cut by what they say of themselves. */
const readFromBeginning: Readonly<Record<Format, boolean>> = {
  txt: true,
  jsonl: true,
  csv: true,
  parquet: false,
  'arrow-file': false,
  'arrow-stream': false,
}

/**
 * Cuts a corpus into segments of about `segmentBytes`, and puts small sources together until they are about as large: where the
 * cuts fall never changes the ids.
 */
export async function cutCorpus(
  corpus: CuttableCorpus,
  segmentBytes: number,
): Promise<readonly RunSegment[]> {
  const { sources } = corpus
  const targetBytes = Math.max(segmentBytes, Math.ceil(byteLengthOf(sources) / mostSegments))
  const segments: RunSegment[] = []
  for (let source = 0; source < sources.length;) {
    const count = countGroup(sources, source, targetBytes)
    if (count > 1) segments.push(groupOf(sources, source, count))
    else segments.push(...(await cutSource(corpus, source, targetBytes)))
    source += count
  }
  return segments
}

/** How many sources from `first` on make a group: one that is too large for a group, or cannot be in one, is alone. */
function countGroup(sources: readonly PlannedSource[], first: number, targetBytes: number): number {
  let weight = 0
  let count = 0
  for (let next = first; next < sources.length; next++) {
    const { byteLength, format, compression } = sources[next]!
    if (!readFromBeginning[format] && byteLength > 0) break
    weight += perSourceBytes + byteLength * (compression === 'none' ? 1 : compressionRatio)
    if (weight > targetBytes) break
    count++
  }
  return Math.max(1, count)
}

function groupOf(sources: readonly PlannedSource[], source: number, count: number): RunSegment {
  const byteLength = byteLengthOf(sources.slice(source, source + count))
  return { source, count, segment: { kind: 'whole' }, byteLength }
}

async function cutSource(
  { config, sources, tokenizer, access }: CuttableCorpus,
  index: number,
  targetBytes: number,
): Promise<readonly RunSegment[]> {
  const planned = sources[index]!
  if (planned.byteLength === 0) return []
  const { encoding } = tokenizer
  const allowedSpecial = allowedSpecialOf(config, tokenizer)
  // Where ids do not tell bytes, a window's place in a text is the whole text: it must not depend on cuts.
  const findSafeCut = (bytes: Uint8Array, near: number): number =>
    encoding.keepsText ? encoding.findSafeCut(bytes, near, { allowedSpecial }, bytes.length) : -1
  await using source = await openPlannedSource(planned, access)
  const cut = await planSegments(source, planned, { targetBytes, findSafeCut })
  const share = Math.floor(planned.byteLength / cut.length)
  return cut.map((segment, place): RunSegment => {
    const rest = place === cut.length - 1 ? planned.byteLength - share * place : share
    const byteLength = segment.kind === 'bytes' ? segment.end - segment.start : rest
    return { source: index, segment, byteLength }
  })
}
