import { openLocalFile } from '@sluice/corpus'
import type { Encoding } from '@sluice/tokenizer'
import type { CorpusPlan } from './sources.ts'

/** Bytes of a source that are tokenized to learn how many ids its bytes make. */
const sampleByteLength = 1 << 18

/** How many ids a corpus holds. */
export interface TokenEstimate {
  readonly tokens: number
  /** Every byte was counted. */
  readonly exact: boolean
}

/** Counts the ids of a small corpus, and of a large one those of its beginning, scaled up. */
export async function estimateTokens({ segments }: CorpusPlan, encoding: Encoding): Promise<TokenEstimate> {
  let sampled = 0
  let tokens = 0
  let total = 0
  for (const segment of segments) {
    total += segment.byteLength
    const room = Math.min(sampleByteLength - sampled, segment.byteLength)
    if (room <= 0) continue
    await using source = await openLocalFile(segment.path)
    tokens += encoding.count(await source.read(0, room), { disallowedSpecial: [] }) + 1
    sampled += room
  }
  if (sampled === total) return { tokens: Math.max(0, tokens - 1), exact: true }
  return { tokens: Math.round((tokens / sampled) * total), exact: false }
}
