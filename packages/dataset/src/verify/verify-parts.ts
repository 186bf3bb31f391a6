import { Worker } from 'node:worker_threads'
import { receiptName } from '../layout/names.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import { Breath } from '../storage/breath.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import { checkParts, type PartProblems, type PartsOf, type PartToCheck } from './check-parts.ts'

/** What a thread is started with. */
export interface PartThreadData {
  readonly path: string
  readonly within: string
  readonly manifest: PartsOf
}

/** What a thread says of a batch of parts. */
export type PartThreadReply = PartProblems | 'failed'

/** Options of {@link verifyParts}. */
export interface VerifyPartsOptions {
  /** Threads that check, the calling one among them. */
  readonly threads: number
  readonly onPart: ((done: number, total: number) => void) | undefined
  readonly signal: AbortSignal | undefined
}

/** Parts are handed out in batches of so many, or of so many bytes. */
const batchParts = 128
const batchByteLength = 64 << 20
/** Fewer batches are checked sooner than another thread starts. */
const batchesPerThread = 8

/** From source a thread's file is TypeScript, as built it is JavaScript. */
const fromSource = import.meta.url.endsWith('.ts')
const entry = new URL(fromSource ? './part-thread.ts' : './part-thread.js', import.meta.url)

/**
 * Checks all parts and receipts that are there, on several threads where the dataset is in a folder.
 *
 * @param found the files that are there
 * @returns what is wrong, in the order of the parts
 */
export async function verifyParts(
  storage: DatasetStorage,
  manifest: DatasetManifest,
  found: ReadonlySet<string>,
  { threads, onPart, signal }: VerifyPartsOptions,
): Promise<PartProblems> {
  const batches = [...inBatches(manifest, found)]
  const answers: PartProblems[] = []
  let done = 0
  let next = 0
  const breath = new Breath(signal)
  const work = async (check: (batch: readonly PartToCheck[]) => Promise<PartProblems>): Promise<void> => {
    try {
      while (next < batches.length) {
        // Small files are read at once: without this a stop, and what the helpers say, would wait for all of them.
        if (breath.isDue) await breath.take()
        signal?.throwIfAborted()
        // Meanwhile others may have taken the last one.
        if (next >= batches.length) break
        const place = next++
        answers[place] = await check(batches[place]!)
        done += batches[place]!.length
        onPart?.(done, manifest.parts.length)
      }
    } catch (error) {
      // The others begin none either.
      next = batches.length
      throw error
    }
  }
  const here = (batch: readonly PartToCheck[]): Promise<PartProblems> =>
    checkParts(storage, manifest, batch, signal)
  const helpers = startHelpers(
    storage,
    manifest,
    Math.min(threads, Math.floor(batches.length / batchesPerThread)) - 1,
  )
  try {
    // Two batches a helper, so that it has one while this thread is busy with its own.
    const helped = helpers
      .flatMap((helper) => [helper, helper])
      .map((helper) => work(async (batch) => (await helper.check(batch)) ?? (await here(batch))))
    const settled = await Promise.allSettled([...helped, work(here)])
    for (const end of settled) if (end.status === 'rejected') throw end.reason
  } finally {
    await Promise.all(helpers.map((helper) => helper.close()))
  }
  return {
    ofParts: answers.flatMap(({ ofParts }) => ofParts),
    ofReceipts: answers.flatMap(({ ofReceipts }) => ofReceipts),
  }
}

function* inBatches(
  { parts, version }: DatasetManifest,
  found: ReadonlySet<string>,
): Generator<readonly PartToCheck[]> {
  let batch: PartToCheck[] = []
  let byteLength = 0
  for (const [index, part] of parts.entries()) {
    const [hasPart, hasReceipt] = [found.has(part.name), found.has(receiptName(index, version))]
    batch.push({ index, part, hasPart, hasReceipt })
    byteLength += part.byteLength
    if (batch.length < batchParts && byteLength < batchByteLength) continue
    yield batch
    batch = []
    byteLength = 0
  }
  if (batch.length > 0) yield batch
}

function startHelpers(
  { path, within = path }: DatasetStorage,
  { version, planId, layout, windows, totals }: DatasetManifest,
  count: number,
): readonly PartThread[] {
  if (path === undefined || within === undefined || count < 1) return []
  const data = { path, within, manifest: { version, planId, layout, windows, totals } }
  return Array.from({ length: count }, () => new PartThread(data))
}

/** A thread beside the calling one. */
class PartThread {
  readonly #worker: Worker
  /** In the order of the batches, in which the thread answers. */
  readonly #waiting: ((reply: PartThreadReply) => void)[] = []
  #isGone = false

  constructor(workerData: PartThreadData) {
    const options = fromSource ? { execArgv: ['--conditions=@sluice/source'] } : {}
    this.#worker = new Worker(entry, { workerData, ...options })
    this.#worker.on('message', (reply: PartThreadReply) => this.#waiting.shift()?.(reply))
    const onGone = (): void => {
      this.#isGone = true
      for (const answer of this.#waiting.splice(0)) answer('failed')
    }
    // A thread that cannot start or that dies, of too little memory for one, leaves its work to the calling one.
    this.#worker.on('error', onGone)
    this.#worker.on('exit', onGone)
  }

  /** @returns undefined where the thread could not check all of them */
  async check(batch: readonly PartToCheck[]): Promise<PartProblems | undefined> {
    if (this.#isGone) return undefined
    const { promise, resolve } = Promise.withResolvers<PartThreadReply>()
    this.#waiting.push(resolve)
    this.#worker.postMessage(batch)
    const reply = await promise
    return reply === 'failed' ? undefined : reply
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
