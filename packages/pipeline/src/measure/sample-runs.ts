import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { usualPartByteLength } from '@sluice/dataset'
import { blameOf } from '@sluice/errors'
import type { ModeEstimate } from '../estimate/mode-estimate.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { runLocally } from '../run/run-locally.ts'

/** What {@link SampleRuns} works with. */
export interface SampleRunsOptions {
  readonly config: RunConfig
  /** A folder on the disk of the dataset; what is written there is removed again. */
  readonly folder: string
  readonly threads: number
  readonly signal: AbortSignal
}

/** Bytes that the larger of two runs writes, at most: what is written at first is faster than what follows. */
const mostBytes = 96 << 20

/** Bytes of text of the smaller of two runs: what a run takes that does next to nothing. */
const leastBytes = 1 << 16

/** Bytes of a part of a sample: it has as many as the whole run, or two for each thread. */
function samplePartOf(outputByteLength: number, threads: number): number {
  const parts = Math.min(2 * threads, Math.ceil(outputByteLength / usualPartByteLength))
  return parts > 1 ? Math.ceil(mostBytes / parts) : usualPartByteLength
}

/** Pieces of text at least this long on average are those of texts, and not records. */
const textByteLength = 1 << 16

/**
 * Carries samples of a corpus out as runs, to learn how long all of it takes. Of two sizes, so that what a run takes at any size is
 * told from what it takes for each id.
 */
export class SampleRuns {
  readonly #options: SampleRunsOptions
  readonly #texts: Buffer[] = []
  #byteLength = 0

  constructor(options: SampleRunsOptions) {
    this.#options = options
  }

  /** Takes a document of the sample, or a piece of one. */
  add(text: Buffer): void {
    this.#texts.push(text)
    this.#byteLength += text.length
  }

  /**
   * Seconds of a run of all ids in one mode. Undefined where it cannot be measured: no text was sampled, too little for a run, or a model would
   * be copied each time.
   */
  async seconds(mode: ModeEstimate, tokens: number): Promise<number | undefined> {
    const { config } = this.#options
    if (config.model !== null || config.tables !== null || this.#byteLength === 0 || tokens === 0)
      return undefined
    const bytesPerToken = mode.byteLength / tokens
    // About three bytes of text are an id in any language, or fewer: then less is written.
    const most = Math.min(this.#byteLength, Math.max(leastBytes, (3 * mostBytes) / bytesPerToken))
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
    // The first of them has its code compiled and wakes the disk up.
    const few = Math.max(leastBytes, most / 4)
    await this.#run(mode, few)
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
    const { config, threads, signal } = this.#options
    const folder = await mkdtemp(join(this.#options.folder, '.sluice-sample-'))
    try {
      const corpus = [await this.#write(folder, byteLength)]
      const { keep: _keep, ...others } = config
      // A piece of a text may begin in the middle of a letter.
      const policies = { invalid: 'replace', onError: 'skip' } as const
      const own = {
        corpus,
        format: null,
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

  /** Writes about so many bytes of the sample, evenly from all of it: records as lines of JSON, so that they stay apart. */
  async #write(folder: string, byteLength: number): Promise<string> {
    const isText = this.#byteLength >= textByteLength * this.#texts.length
    const share = Math.min(1, byteLength / this.#byteLength)
    let wanted = 0
    let written = 0
    const pieces: (Buffer | string)[] = []
    for (const text of this.#texts) {
      if (isText) {
        pieces.push(text.subarray(0, Math.ceil(share * text.length)))
        continue
      }
      wanted += share * text.length
      if (pieces.length > 0 && written > wanted - text.length / 2) continue
      written += text.length
      pieces.push(`${JSON.stringify({ text: text.toString('utf8') })}\n`)
    }
    const path = join(folder, isText ? 'sample.txt' : 'sample.jsonl')
    await writeFile(path, Buffer.concat(pieces.map((piece) => Buffer.from(piece))))
    return path
  }
}
