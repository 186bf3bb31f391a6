import { resolveLayout, tokenFilesByteLength, type TokenFormat } from '@sluice/dataset'
import { keptLayout } from '../plan/kept-columns.ts'
import { modelByteLength } from '../plan/planned-model.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { Corpus } from '../sources/open-corpus.ts'
import { rowBytesOf, tableByteLength, type TextSize } from './run-size.ts'

/** What one way of keeping ids and embeddings takes. */
export interface ModeEstimate {
  readonly embeddings: RunConfig['embeddings']
  /** Null where rows hold no embeddings. */
  readonly dtype: RunConfig['dtype'] | null
  /** The format of token files, which the run asks for in place of windows. */
  readonly to?: TokenFormat
  /** Bytes of the parts and the tables, or of the token files. */
  readonly byteLength: number
}

const modes = [
  { embeddings: 'full', dtype: 'f32' },
  { embeddings: 'full', dtype: 'bf16' },
  { embeddings: 'lazy', dtype: null },
  { embeddings: 'none', dtype: null },
] as const

/** Numbers in an embedding vector; 0 of token files. */
export function dimOf({ config, model, tables }: Corpus): number {
  if (config.to !== null) return 0
  return model?.identity.embeddingDim ?? tables?.identity.token.shape[1] ?? config.dim ?? 0
}

/** What every way of keeping a corpus of that size takes; of token files there is the one that is asked for. */
export function estimateModes(corpus: Corpus, size: TextSize): readonly ModeEstimate[] {
  const { config, tokenizer } = corpus
  const { vocabSize } = tokenizer.encoding
  const { to, pool } = config
  if (pool === 'mean')
    return [modes[0]].map((mode) => ({ ...mode, byteLength: windowBytes(corpus, size, mode) }))
  if (to === null) return modes.map((mode) => ({ ...mode, byteLength: windowBytes(corpus, size, mode) }))
  return [{ embeddings: 'none', dtype: null, to, byteLength: tokenFilesByteLength(to, vocabSize, size) }]
}

function windowBytes(corpus: Corpus, size: TextSize, { embeddings, dtype }: (typeof modes)[number]): number {
  const { config, tokenizer } = corpus
  const { vocabSize } = tokenizer.encoding
  const model = corpus.model?.identity
  const table = corpus.tables?.identity.token.shape
  const dim = dimOf(corpus)
  const kept = keptLayout(config)
  const layout = resolveLayout({
    maxLength: config.maxLength,
    vocabSize,
    dim,
    idType: config.idType,
    ids: config.ids,
    documents: config.documents,
    positionIds: config.positions === 'restart',
    pieces: config.packing === 'best-fit',
    embedding: embeddings,
    dtype: dtype ?? 'f32',
    ...(embeddings === 'full' &&
      model?.firstBlockDim !== undefined && { firstBlockDim: model.firstBlockDim }),
    ...(kept && { kept }),
    ...{ per: config.per, pool: config.pool },
  })
  const drawn = embeddings === 'none' ? 0 : tableByteLength(table?.[0] ?? vocabSize, { ...config, dim })
  const tables = model === undefined || embeddings === 'none' ? drawn : modelByteLength(model)
  return rowBytesOf(layout, size) + tables
}
