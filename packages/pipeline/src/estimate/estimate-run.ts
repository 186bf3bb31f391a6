import { performance } from 'node:perf_hooks'
import { resolveLayout, rowByteLengthOf, type InputAccount } from '@sluice/dataset'
import { keptLayout } from '../plan/kept-columns.ts'
import { estimateTokens } from './estimate-tokens.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { modelByteLength } from '../plan/planned-model.ts'
import type { DocumentMarks } from '../tokenizer/document-marks.ts'
import { tableByteLength } from './run-size.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import { cutCorpus } from '../sources/cut-corpus.ts'
import { byteLengthOf, openCorpus } from '../sources/open-corpus.ts'

/** Bytes between samples' places. */
const segmentBytes = 8 << 20

/** What one way of keeping embeddings takes. */
export interface ModeEstimate {
  readonly embeddings: RunConfig['embeddings']
  /** Null where rows hold no embeddings. */
  readonly dtype: RunConfig['dtype'] | null
  /** Bytes of the parts and the tables. */
  readonly byteLength: number
}

/** What a run would read and write. */
export interface RunEstimate {
  readonly sources: number
  readonly sourceBytes: number
  /** Everything that was found where the sources were looked for. */
  readonly inputs: InputAccount
  /** The ids between and around documents, and who named them. */
  readonly marks: DocumentMarks
  readonly documents: number
  readonly tokens: number
  readonly windows: number
  /** Numbers in an embedding vector. */
  readonly dim: number
  /** Every byte was counted; otherwise the figures are scaled up from samples. */
  readonly exact: boolean
  readonly modes: readonly ModeEstimate[]
  /** Source bytes a second that one thread tokenized, on the samples: the first pass, with cold caches. */
  readonly tokenizeRate: number
}

/**
 * Estimates what a run would take, from samples of the corpus: nothing is written but copies of remote sources.
 *
 * @throws CorpusError, RunError as a run would for its sources
 */
export async function estimateRun(
  config: RunConfig,
  access: SourceAccess,
  signal: AbortSignal,
): Promise<RunEstimate> {
  const corpus = await openCorpus(config, access, { signal })
  const segments = await cutCorpus(corpus, segmentBytes)
  const started = performance.now()
  const { tokens, documents, windows, exact, sampledBytes } = await estimateTokens(corpus, segments)
  const seconds = (performance.now() - started) / 1000
  const model = corpus.model?.identity
  const table = corpus.tables?.identity.token.shape
  const dim = model?.embeddingDim ?? table?.[1] ?? config.dim ?? 0
  const modes = [
    { embeddings: 'full', dtype: 'f32' },
    { embeddings: 'full', dtype: 'bf16' },
    { embeddings: 'lazy', dtype: null },
    { embeddings: 'none', dtype: null },
  ] as const
  return {
    sources: corpus.sources.length,
    sourceBytes: byteLengthOf(corpus.sources),
    inputs: corpus.inputs,
    marks: corpus.tokenizer.marks,
    documents,
    tokens,
    windows,
    dim,
    exact,
    modes: modes.map(({ embeddings, dtype }) => {
      const { vocabSize } = corpus.tokenizer.encoding
      const { maxLength, idType } = config
      const kept = keptLayout(config)
      const layout = resolveLayout({
        maxLength,
        vocabSize,
        dim,
        idType,
        documents: config.documents,
        positionIds: config.positions === 'restart',
        embedding: embeddings,
        dtype: dtype ?? 'f32',
        ...(embeddings === 'full' &&
          model?.firstBlockDim !== undefined && { firstBlockDim: model.firstBlockDim }),
        ...(kept && { kept }),
      })
      const drawn = embeddings === 'none' ? 0 : tableByteLength(table?.[0] ?? vocabSize, { ...config, dim })
      const tables = model === undefined || embeddings === 'none' ? drawn : modelByteLength(model)
      return { embeddings, dtype, byteLength: windows * rowByteLengthOf(layout) + tables }
    }),
    tokenizeRate: sampledBytes / seconds,
  }
}
