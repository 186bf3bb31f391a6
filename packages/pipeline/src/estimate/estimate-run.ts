import { performance } from 'node:perf_hooks'
import type { InputAccount } from '@sluice/dataset'
import { estimateTokens, thoroughSample } from './estimate-tokens.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { DocumentMarks } from '../tokenizer/document-marks.ts'
import type { OnSample } from './sample-segment.ts'
import { dimOf, estimateModes, type ModeEstimate } from './mode-estimate.ts'
import type { SourceAccess } from '../sources/source-access.ts'
import { cutCorpus } from '../sources/cut-corpus.ts'
import { openCorpus } from '../sources/open-corpus.ts'
import { byteLengthOf } from '../sources/source-table.ts'
import type { IdentifyingThread } from '../sources/small-files.ts'

/** Bytes between samples' places, at most and at least: a small corpus has many places, too. */
const segmentBytes = { most: 8 << 20, least: 1 << 18 } as const

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
  /** 0 of token files. */
  readonly windows: number
  /** Numbers in an embedding vector; 0 of token files. */
  readonly dim: number
  /** Every byte was counted; otherwise the figures are scaled up from samples. */
  readonly exact: boolean
  readonly modes: readonly ModeEstimate[]
  /** Seconds that one thread takes to read the tables and compressed sources: samples of them are carried out as texts. */
  readonly readSeconds: number
  /** Source bytes a second that one thread tokenized, on the samples: the first pass, with cold caches. */
  readonly tokenizeRate: number
}

/**
 * Estimates what a run would take, from samples of the corpus: nothing is written but copies of remote sources.
 *
 * @param onSample told what the samples hold
 * @param threads help where there are many sources
 * @throws CorpusError, RunError as a run would for its sources
 */
export async function estimateRun(
  config: RunConfig,
  access: SourceAccess,
  signal: AbortSignal,
  onSample?: OnSample,
  threads: readonly IdentifyingThread[] = [],
): Promise<RunEstimate> {
  const corpus = await openCorpus(config, access, { signal, threads })
  const sourceBytes = byteLengthOf(corpus.sources)
  const effort = thoroughSample(sourceBytes)
  const aBit = Math.ceil(sourceBytes / (2 * effort.segments))
  const segments = await cutCorpus(corpus, Math.min(segmentBytes.most, Math.max(segmentBytes.least, aBit)))
  const started = performance.now()
  const counted = await estimateTokens(corpus, segments, effort, onSample)
  const { tokens, documents, windows, exact, sampledBytes, readSeconds } = counted
  const seconds = (performance.now() - started) / 1000
  return {
    sources: corpus.sources.length,
    sourceBytes,
    inputs: corpus.inputs,
    marks: corpus.tokenizer.marks,
    documents,
    tokens,
    windows: config.to === null ? windows : 0,
    dim: dimOf(corpus),
    exact,
    modes: estimateModes(corpus, { tokens, documents, windows }),
    readSeconds,
    tokenizeRate: sampledBytes / seconds,
  }
}
