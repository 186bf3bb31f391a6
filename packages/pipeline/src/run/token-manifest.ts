import {
  flatIdTypeOf,
  sourceBytesOf,
  tokenManifestVersion,
  type DatasetStorage,
  type TokenFile,
  type TokenFormat,
  type TokenManifest,
} from '@sluice/dataset'
import { planFileOf, type PlannedRun } from '../plan/planned-run.ts'
import type { TokenIndex } from '../tokens/token-stream.ts'
import { describeCorpus, identityOf } from './manifest-header.ts'

/** What a run of token files made. */
export interface FlatOutcome {
  readonly format: TokenFormat
  readonly files: readonly TokenFile[]
  /** Documents that have an id. */
  readonly documents: number
  readonly stream: TokenIndex
}

/** Returns the manifest of token files. */
export async function tokenManifestOf(
  storage: DatasetStorage,
  { plan, planId }: PlannedRun,
  { format, files, documents, stream }: FlatOutcome,
): Promise<TokenManifest> {
  const { tokenizer } = plan
  const { counts, ...corpus } = await describeCorpus(storage, plan, stream)
  return {
    version: tokenManifestVersion,
    planId,
    config: planFileOf(plan).config,
    format,
    idType: flatIdTypeOf(format, tokenizer.vocabSize),
    identities: { tokenizer: identityOf(tokenizer) },
    ...corpus,
    dropped: counts,
    files,
    totals: {
      tokens: stream.tokens,
      documents,
      byteLength: files.reduce((sum, { byteLength }) => sum + byteLength, 0),
      sourceByteLength: sourceBytesOf(plan.sources),
    },
  }
}
