import { performance } from 'node:perf_hooks'
import { join } from 'node:path'
import { countWindows } from '@sluice/dataloader'
import { commitManifest, folderStorage } from '@sluice/dataset'
import { createEmbedder, type Embedder } from '@sluice/embedding'
import { getEncoding, type Encoding } from '@sluice/tokenizer'
import { checkDiskSpace } from './disk-space.ts'
import { isInputFault, isNoSpace, RunError } from './errors.ts'
import {
  abandonFolder,
  hasParts,
  refuseDataset,
  removeIntermediates,
  takeFolder,
  type RunFolder,
} from './folder.ts'
import { manifestHeader } from './manifest-header.ts'
import { embedPart } from './parts/embed-part.ts'
import { allocatePartBuffers } from './parts/part-buffers.ts'
import { countParts, partTask } from './parts/part-task.ts'
import { planIdOf, planRun, type Plan } from './plan.ts'
import type { RunConfig } from './run-config.ts'
import type { RunEvent } from './run-event.ts'
import { runSizeOf } from './run-size.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { planCorpus, type CorpusPlan } from './sources.ts'
import { makeTables, type RunTables } from './tables.ts'
import { tokenByteLengthsOf } from './tokens/token-byte-lengths.ts'
import { indexTokens, TokenReader, type TokenIndex } from './tokens/token-stream.ts'
import { tokenizeSegment } from './tokens/tokenize-segment.ts'

/** What {@link runLocally} is given. */
export interface LocalRunOptions {
  readonly config: RunConfig
  /** Folder of the dataset; made when it is not there. */
  readonly out: string
  /** Stops the run between two batches; what is finished stays, and the same call goes on from there. */
  readonly signal?: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
}

/** What a finished run made. */
export interface RunSummary {
  readonly planId: string
  readonly windows: number
  /** Ids of the corpus, separators included. */
  readonly tokens: number
  /** Bytes of all parts. */
  readonly byteLength: number
  readonly sourceBytes: number
  readonly seconds: number
  /** The execution provider that looked the embeddings up; null where rows hold none. */
  readonly provider: string | null
  /** Path of the first part. */
  readonly firstPart: string
  /** What did not become windows, by reason. */
  readonly dropped: Readonly<Record<string, number>>
}

/**
 * Carries a run out in this process: tokenize, draw the tables, embed, commit. Running it again after a stop or a crash
 * goes on from what is finished.
 *
 * @throws RunError, CorpusError, DatasetError; where the input is unusable, nothing is left behind
 */
export async function runLocally(options: LocalRunOptions): Promise<RunSummary> {
  const { config, out, signal = new AbortController().signal, onEvent = () => {} } = options
  const started = performance.now()
  await refuseDataset(folderStorage(out), out)
  const encoding = await getEncoding(config.encoding)
  const corpus = await planCorpus(config.corpus, signal)
  const plan = planRun(config, encoding, corpus.sources)
  const sourceBytes = corpus.sources.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const estimate = await estimateTokens(corpus, encoding)
  const size = runSizeOf(plan, estimate.tokens, estimate.exact)
  onEvent({ event: 'planned', planId: planIdOf(plan), sources: corpus.sources.length, sourceBytes, size })
  await checkDiskSpace(out, size)

  const folder = await takeFolder(out, plan)
  try {
    const run = { plan, folder, corpus, encoding, signal, onEvent }
    const index = await tokenize(run)
    const tables = config.embeddings === 'none' ? undefined : await drawTables(run)
    const provider = await embed(run, index, tables)
    const manifest = await commitManifest(folder.storage, manifestHeader(plan, index, tables))
    await removeIntermediates(folder)
    const summary = {
      planId: manifest.planId,
      windows: manifest.totals.rows,
      tokens: index.tokens,
      byteLength: manifest.totals.byteLength,
      sourceBytes,
      seconds: (performance.now() - started) / 1000,
      provider,
      firstPart: join(out, manifest.parts[0]?.name ?? ''),
      dropped: manifest.dropped,
    }
    onEvent({ event: 'done', ...summary })
    return summary
  } catch (error) {
    if (signal.aborted)
      throw new RunError('aborted', `stopped; the same command goes on from what is in ${out}`)
    // A disk that fills up late leaves finished parts, which the next attempt need not make again.
    if (isInputFault(error) || (isNoSpace(error) && !(await hasParts(folder)))) await abandonFolder(folder)
    throw error
  }
}

interface Run {
  readonly plan: Plan
  readonly folder: RunFolder
  readonly corpus: CorpusPlan
  readonly encoding: Encoding
  readonly signal: AbortSignal
  readonly onEvent: (event: RunEvent) => void
}

async function tokenize({ plan, folder, corpus, encoding, signal, onEvent }: Run): Promise<TokenIndex> {
  const total = corpus.sources.reduce((sum, { byteLength }) => sum + byteLength, 0)
  let done = 0
  const onBytes = (byteLength: number): void => {
    done += byteLength
    onEvent({ event: 'progress', phase: 'tokenize', done, total })
  }
  const { storage } = folder
  const context = { storage, planId: planIdOf(plan), config: plan.config, encoding, signal, onBytes }
  const receipts = []
  for (const segment of corpus.segments) receipts.push(await tokenizeSegment(segment, context))
  const index = indexTokens(receipts, plan.config.separator === 'between')
  const needed = plan.config.maxLength + 1
  if (index.tokens < needed) {
    throw new RunError(
      'too-short',
      `Expected at least ${needed} tokens for one window of ${plan.config.maxLength} and its target, got ${index.tokens}; add text or use a smaller --max-length`,
    )
  }
  onEvent({ event: 'tokenized', size: runSizeOf(plan, index.tokens, true) })
  return index
}

async function drawTables({ plan, folder, onEvent }: Run): Promise<RunTables> {
  onEvent({ event: 'progress', phase: 'tables', done: 0, total: 1 })
  const tables = await makeTables(plan, folder.path)
  onEvent({ event: 'progress', phase: 'tables', done: 1, total: 1 })
  return tables
}

/** Makes every part; returns the execution provider that was used. */
async function embed(run: Run, index: TokenIndex, tables: RunTables | undefined): Promise<string | null> {
  const { plan, folder, corpus, encoding, signal, onEvent } = run
  const total = countWindows(index.tokens, plan.config)
  let done = 0
  const onWindows = (rows: number): void => {
    done += rows
    onEvent({ event: 'progress', phase: 'embed', done, total })
  }
  const { separator } = plan.config
  const { positionsAreBytes } = corpus
  const rules = { separator, tokenByteLengths: tokenByteLengthsOf(encoding), positionsAreBytes }
  const buffers = allocatePartBuffers(plan)
  const planId = planIdOf(plan)
  const { storage } = folder
  await using tokens = new TokenReader(storage, index)
  let embedder: Embedder | undefined
  try {
    if (tables !== undefined && plan.layout.embedding === 'full') {
      embedder = await createEmbedder({ directory: tables.directory })
    }
    for (let part = 0; part < countParts(plan, index.tokens); part += 1) {
      const task = partTask(plan, index.tokens, part)
      const context = { storage, plan, planId, tokens, rules, embedder, buffers, signal, onWindows }
      const { name, rows, byteLength } = await embedPart(task, context)
      onEvent({ event: 'part', name, rows, byteLength })
    }
    return embedder?.provider ?? null
  } finally {
    await embedder?.close()
  }
}
