import { planSegments } from '@sluice/corpus'
import type { RunSegment } from '../task/task.ts'
import type { Corpus } from './open-corpus.ts'
import { allowedSpecialOf } from './read-options.ts'
import { openPlannedSource } from './source-access.ts'

/** Cuts a corpus into segments of about `segmentBytes`: where the cuts fall never changes the ids. */
export async function cutCorpus(
  corpus: Omit<Corpus, 'openedMs'>,
  segmentBytes: number,
): Promise<readonly RunSegment[]> {
  const { config, sources, tokenizer, access } = corpus
  const { encoding } = tokenizer
  const allowedSpecial = allowedSpecialOf(config, tokenizer)
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
