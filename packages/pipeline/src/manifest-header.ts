import { ProblemTally } from '@sluice/corpus'
import { countWindows, tokenRangeOfWindows } from '@sluice/dataloader'
import type { ManifestHeader } from '@sluice/dataset'
import { countParts } from './parts/part-task.ts'
import { planIdOf, type Plan } from './plan.ts'
import type { TableIdentities } from './tables/make-tables.ts'
import type { TokenIndex } from './tokens/token-stream.ts'

/** Everything of the manifest but its parts. */
export function manifestHeader(
  plan: Plan,
  index: TokenIndex,
  tables: TableIdentities | undefined,
): ManifestHeader {
  const { config, tokenizer, sources, layout } = plan
  return {
    planId: planIdOf(plan),
    config,
    layout,
    windows: { stride: config.stride, boundary: 'cross' },
    identities: {
      tokenizer: { name: tokenizer.name, vocabSize: tokenizer.vocabSize, sha256: tokenizer.sha256 },
      tables: tables?.tables ?? [],
      graph: tables?.graph ?? null,
    },
    sources: sources.map(({ name, byteLength, sha256 }) => ({ name, byteLength, sha256 })),
    dropped: countDropped(plan, index),
    partCount: countParts(plan, index.tokens),
  }
}

/** What did not become windows, by reason: faults of the content, and the ids after the last window. */
function countDropped({ config }: Plan, index: TokenIndex): Record<string, number> {
  const problems = new ProblemTally()
  for (const { receipt } of index.segments) problems.append(receipt.problems)
  const dropped: Record<string, number> = {}
  for (const [reason, { count }] of Object.entries(problems.counts())) dropped[reason] = count
  const { end } = tokenRangeOfWindows(0, countWindows(index.tokens, config), config)
  if (end < index.tokens) dropped['short-tail-tokens'] = index.tokens - end
  return dropped
}
