import {
  isSourceList,
  type DatasetStorage,
  type DocumentTableIdentity,
  type ListIdentity,
  type ManifestHeader,
  type WindowRule,
} from '@sluice/dataset'
import { tallyFaults, type Faults } from './faults.ts'
import { readInputs } from './inputs-file.ts'
import type { PartCut } from '../task/part-task.ts'
import type { Plan } from '../plan/plan.ts'
import { planFileOf, type PlannedRun } from '../plan/planned-run.ts'
import { openPlannedSources } from '../sources/planned-sources.ts'
import type { TableIdentities } from '../tables/make-tables.ts'
import type { TokenIndex } from '../tokens/token-stream.ts'
import { shuffleMethodOf } from '../windows/row-order.ts'
import type { WindowIndex } from '../windows/window-index.ts'

/** What the tasks of a run made, but for the parts. */
export interface RunOutcome {
  readonly stream: TokenIndex
  readonly windows: WindowIndex
  readonly parts: Pick<PartCut, 'count'>
  /** Undefined where documents carry nothing along. */
  readonly documentTable: DocumentTableIdentity | undefined
  /** Undefined where there are none, or windows leave out more than documents of one id. */
  readonly loneIds: ListIdentity | undefined
  /** Undefined where rows hold no embeddings. */
  readonly tables: TableIdentities | undefined
}

/** Returns everything of the manifest but its parts. */
export async function manifestHeader(
  storage: DatasetStorage,
  { plan, planId }: PlannedRun,
  { stream, windows, parts, tables, documentTable, loneIds }: RunOutcome,
): Promise<ManifestHeader> {
  const { config, tokenizer, layout } = plan
  const { counts, ...corpus } = await describeCorpus(storage, plan, stream)
  return {
    planId,
    config: planFileOf(plan).config,
    layout,
    windows: windowRule(config, windows.windows),
    identities: {
      tokenizer: identityOf(tokenizer),
      tables: tables?.tables ?? [],
      graph: tables?.graph ?? null,
      ...(tables?.model && { model: tables.model }),
      ...(tables?.positions && { positions: tables.positions }),
    },
    ...corpus,
    dropped: countDropped(counts, windows, config),
    ...(documentTable && { documentTable }),
    ...(loneIds && { loneIds }),
    partCount: parts.count,
  }
}

/** What a manifest says of the corpus, whatever was made of it, and the problems of its content by reason. */
export async function describeCorpus(
  storage: DatasetStorage,
  { sources }: Plan,
  stream: TokenIndex,
): Promise<
  Pick<ManifestHeader, 'sources' | 'faults' | 'holes' | 'inputs'> & { readonly counts: Faults['counts'] }
> {
  const inputs = await readInputs(storage)
  const { counts, first } = await tallyFaults(openPlannedSources(storage, sources), stream)
  return {
    counts,
    sources: isSourceList(sources)
      ? sources
      : sources.map(({ name, byteLength, sha256 }) => ({ name, byteLength, sha256 })),
    ...(Object.keys(first).length > 0 && { faults: first }),
    ...holesOf(stream),
    ...(inputs && { inputs }),
  }
}

/** A built-in tokenizer is identified by its name and hash; one of a file also by its kind, and its copy lies in the dataset. */
export function identityOf({
  name,
  vocabSize,
  sha256,
  kind,
  details,
}: Plan['tokenizer']): ManifestHeader['identities']['tokenizer'] {
  return { name, vocabSize, sha256, ...(kind && { kind }), ...(details && { details: { ...details } }) }
}

function windowRule(
  { stride, boundary, tail, packing, shuffle }: Plan['config'],
  windows: number,
): WindowRule {
  const method = shuffleMethodOf(windows)
  return { stride, boundary, tail, packing, ...(shuffle && { shuffle: { seed: shuffle.seed, method } }) }
}

/** The segments that could not be read, where there are any. */
function holesOf({ segments }: TokenIndex): Pick<ManifestHeader, 'holes'> {
  const holes = segments.flatMap(({ receipt: { source, segment, hole } }) =>
    hole === undefined ? [] : [{ source, segment, reason: hole }],
  )
  return holes.length === 0 ? {} : { holes }
}

/** How ids that no row holds, and documents that none holds as a whole, are counted. */
const leftOutAs = {
  window: ['short-tail-tokens', 'short-documents'],
  document: ['truncated-tokens', 'truncated-documents'],
} as const

/** What did not become windows, by reason: faults of the content, ids after the last window, and too short documents. */
function countDropped(
  counts: Faults['counts'],
  { tailTokens, shortDocuments }: WindowIndex,
  { per }: Pick<Plan['config'], 'per'>,
): Record<string, number> {
  const dropped: Record<string, number> = { ...counts }
  const [ofTokens, ofDocuments] = leftOutAs[per]
  if (tailTokens > 0) dropped[ofTokens] = tailTokens
  if (shortDocuments > 0) dropped[ofDocuments] = shortDocuments
  return dropped
}
