import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Generator, fillRandint } from '@sluice/torch-random'
import { EmbeddingError } from '../errors.ts'
import type { Lookup } from './lookup.ts'
import type { OrtSettings } from './ort-lookup.ts'
import { hasOnnxRuntime } from './onnx-runtime.ts'
import { openProvider } from './open-provider.ts'
import type { Provider } from './provider.ts'
import { runPieces, type Job } from './run-pieces.ts'
import type { TableSource } from './table-source.ts'

/** What `auto` found out about one provider. */
export interface ProviderReport {
  readonly provider: Provider
  readonly chosen: boolean
  /** Measured, in bytes of output; undefined when it did not run. */
  readonly bytesPerSecond: number | undefined
  /** Why it was not chosen. */
  readonly reason: string | undefined
}

/** In this order they are tried; the first one that runs gives the result that the others must give. */
const order: readonly Provider[] = ['cpu', 'wasm', 'cuda', 'coreml', 'dml', 'webgpu']

/** Output of one measured run: long enough to tell providers apart, short enough not to be noticed. */
const measuredBytes = 4 << 20
const repeats = 3
/** Above this, copying the tables only to measure would cost more than it can save. */
const maxCopiedBytes = 1 << 30

interface Candidate {
  readonly lookup: Lookup
  readonly provider: Provider
  readonly bytesPerSecond: number
}

/**
 * Opens every provider that starts, lets each look the same random ids up, drops those whose result differs in a bit,
 * and keeps the fastest.
 *
 * @throws EmbeddingError `provider-unavailable` when none runs, with all reasons.
 */
export async function openFastest(
  source: TableSource,
  settings: Omit<OrtSettings, 'provider'>,
): Promise<{ lookup: Lookup; reports: readonly ProviderReport[] }> {
  const trial = new Trial(source)
  const speeds = new Map<Provider, number>()
  const failures = new Map<Provider, string>()
  let best: Candidate | undefined
  for (const provider of order) {
    try {
      const candidate = await trial.measure(provider, settings)
      speeds.set(provider, candidate.bytesPerSecond)
      const faster = best === undefined || candidate.bytesPerSecond > best.bytesPerSecond
      const loser = faster ? best : candidate
      if (faster) best = candidate
      await loser?.lookup.close()
    } catch (error) {
      failures.set(provider, error instanceof Error ? error.message : String(error))
    }
  }
  if (!best) {
    const reasons = Array.from(failures.values()).join('; ')
    throw new EmbeddingError('provider-unavailable', `No execution provider runs here: ${reasons}`)
  }
  const chosen = best.provider
  const reports = order.map((provider) => ({
    provider,
    chosen: provider === chosen,
    bytesPerSecond: speeds.get(provider),
    reason: provider === chosen ? undefined : (failures.get(provider) ?? `slower than ${chosen}`),
  }))
  return { lookup: best.lookup, reports }
}

/** One random job, and its result. */
class Trial {
  readonly #source: TableSource
  readonly #job: Job & { readonly output: Float32Array }
  readonly #tableBytes: number
  #expected: Int32Array | undefined

  constructor(source: TableSource) {
    this.#source = source
    const { token, position } = source.tables
    const rowBytes = token.embeddingDim * 4
    this.#tableBytes = (token.numEmbeddings + (position?.numEmbeddings ?? 0)) * rowBytes
    const possible = token.numEmbeddings > 0 && position?.numEmbeddings !== 0
    const tokens = possible ? Math.ceil(measuredBytes / rowBytes) : 0
    const generator = new Generator(0)
    const draw = (rows: number) => {
      const ids = new Int32Array(tokens)
      if (tokens > 0) fillRandint(ids, { high: rows, generator })
      return ids
    }
    this.#job = {
      inputIds: draw(token.numEmbeddings),
      positionIds: position ? draw(position.numEmbeddings) : new Int32Array(),
      output: new Float32Array(tokens * token.embeddingDim),
    }
  }

  async measure(provider: Provider, settings: Omit<OrtSettings, 'provider'>): Promise<Candidate> {
    if (provider === 'wasm' && this.#tableBytes > maxCopiedBytes && hasOnnxRuntime()) {
      throw new EmbeddingError(
        'provider-unavailable',
        `wasm would copy the ${this.#tableBytes} bytes of the tables, which cpu maps`,
      )
    }
    if (provider === 'webgpu' && !mayHaveVulkan()) {
      throw new EmbeddingError(
        'provider-unavailable',
        'webgpu: no Vulkan loader found (apt install libvulkan1)',
      )
    }
    const lookup = await openProvider(provider, this.#source, settings)
    try {
      // The first time, kernels are compiled and pages of the tables read.
      await runPieces(lookup, this.#job)
      this.#compare(provider)
      let fastest = Infinity
      for (let i = 0; i < repeats; i++) {
        const start = performance.now()
        await runPieces(lookup, this.#job)
        fastest = Math.min(fastest, performance.now() - start)
      }
      return { lookup, provider, bytesPerSecond: (this.#job.output.byteLength / fastest) * 1000 }
    } catch (error) {
      await lookup.close()
      throw error
    }
  }

  #compare(provider: Provider): void {
    const { output } = this.#job
    const bits = new Int32Array(output.buffer, 0, output.length)
    this.#expected ??= bits.slice()
    const different = bits.findIndex((word, i) => word !== this.#expected?.[i])
    if (different !== -1) {
      throw new EmbeddingError(
        'provider-unavailable',
        `${provider} gives another result than ${order[0]}, at value ${different} of a test`,
      )
    }
  }
}

/** Trying WebGPU on a Linux without Vulkan makes the runtime print warnings: `auto` should not. */
function mayHaveVulkan(): boolean {
  if (process.platform !== 'linux') return true
  const given = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((path) => path !== '')
  const usual = ['/lib', '/usr/lib', '/usr/local/lib', '/lib64', '/usr/lib64'].flatMap((path) => [
    path,
    `${path}/x86_64-linux-gnu`,
    `${path}/aarch64-linux-gnu`,
  ])
  return [...given, ...usual].some((path) => existsSync(join(path, 'libvulkan.so.1')))
}
