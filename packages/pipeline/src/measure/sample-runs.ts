import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { usualPartByteLength } from '@sluice/dataset'
import { blameOf } from '@sluice/errors'
import type { ModeEstimate } from '../estimate/mode-estimate.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { runLocally } from '../run/run-locally.ts'
import type { CorpusSample } from './corpus-sample.ts'

/** What {@link SampleRuns} works with. */
export interface SampleRunsOptions {
  readonly config: RunConfig
  readonly sample: CorpusSample
  /** A folder on the disk of the dataset; what is written there is removed again. */
  readonly folder: string
  readonly threads: number
  readonly signal: AbortSignal
}

/** Bytes that the larger of two runs writes, at most: so many that they take seconds, and are not lost in what a disk differs by. */
const mostBytes = 512 << 20

/** Bytes of text of the smaller of two runs: what a run takes that does next to nothing. */
const leastBytes = 1 << 16

/** Bytes of a part of a sample: it has as many as the whole run, or two for each thread. */
function samplePartOf(outputByteLength: number, threads: number): number {
  const parts = Math.min(2 * threads, Math.ceil(outputByteLength / usualPartByteLength))
  return parts > 1 ? Math.ceil(mostBytes / parts) : usualPartByteLength
}

/**
 * Carries samples of a corpus out as runs, to learn how long all of it takes. Of two sizes, so that what a run takes at any size is
 * told from what it takes for each id.
 */
export class SampleRuns {
  readonly #options: SampleRunsOptions
  #isWarm = false

  constructor(options: SampleRunsOptions) {
    this.#options = options
  }

  /**
   * Seconds of a run of all ids in one mode. Undefined where it cannot be measured: no text was sampled, too little for a run, or a model would
   * be copied each time.
   */
  async seconds(mode: ModeEstimate, tokens: number): Promise<number | undefined> {
    const { config, sample } = this.#options
    if (config.model !== null || config.tables !== null || sample.byteLength === 0 || tokens === 0)
      return undefined
    const bytesPerToken = mode.byteLength / tokens
    const most = Math.min(
      sample.byteLength,
      Math.max(leastBytes, (sample.bytesPerId * mostBytes) / bytesPerToken),
    )
    try {
      return await this.#measure(mode, tokens, most)
    } catch (error) {
      // What a run would refuse of so little text it may take of all, such as a window that is larger than the sample.
      if (blameOf(error) === 'input') return undefined
      throw error
    }
  }

  async #measure(mode: ModeEstimate, tokens: number, most: number): Promise<number> {
    // So little is all of the corpus: its run is the answer, and nobody waits for others.
    if (most <= leastBytes) return (await this.#run(mode, most)).seconds
    const few = Math.max(leastBytes, most / 4)
    // The first of all has its code compiled and wakes the disk up.
    if (!this.#isWarm) await this.#run(mode, few)
    this.#isWarm = true
    // Threads start in both of the others, so that what they take to start counts once, and not again for each further id.
    const some = await this.#run(mode, few)
    const all = await this.#run(mode, most)
    const tokensMore = all.tokens - some.tokens
    if (tokensMore <= 0) return all.seconds
    const perToken = Math.max(0, all.seconds - some.seconds) / tokensMore
    return Math.max(some.seconds, all.seconds + (tokens - all.tokens) * perToken)
  }

  async #run(
    { embeddings, dtype, byteLength: outputByteLength }: ModeEstimate,
    byteLength: number,
  ): Promise<{ readonly tokens: number; readonly seconds: number }> {
    const { config, sample, threads, signal } = this.#options
    const folder = await mkdtemp(join(this.#options.folder, '.sluice-sample-'))
    try {
      const { path, format } = await sample.write(folder, byteLength)
      const { keep: _keep, idDtype: _idDtype, ...others } = config
      // A piece of a text may begin in the middle of a letter.
      const policies = { invalid: 'replace', onError: 'skip' } as const
      const own = {
        corpus: [path],
        format,
        compression: null,
        textField: 'text',
        split: null,
        ...policies,
      } as const
      const run: RunConfig = { ...others, ...own, embeddings, ...(dtype !== null && dtype && { dtype }) }
      const started = performance.now()
      // Every thread gets some text and some parts, as in a run of all: a sample would be one part, made by one of them.
      const segmentBytes = Math.max(1 << 20, Math.ceil(byteLength / (2 * threads)))
      const out = join(folder, 'out')
      // What is written whole is no sample of something larger.
      const parts = outputByteLength > mostBytes && {
        partByteLength: samplePartOf(outputByteLength, threads),
      }
      const { tokens } = await runLocally({ config: run, out, threads, segmentBytes, signal, ...parts })
      return { tokens: tokens ?? 0, seconds: (performance.now() - started) / 1000 }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}
