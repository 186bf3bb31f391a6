import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { carryOut } from './carry-out.ts'
import { isInputFault, isNoSpace, RunError } from './errors.ts'
import { abandonFolder, hasParts, removeIntermediates } from './folder.ts'
import { prepareRun } from './prepare-run.ts'
import type { RunConfig } from './run-config.ts'
import type { RunEvent } from './run-event.ts'
import { InlineRunner } from './runners/inline-runner.ts'
import type { TaskRunner } from './runners/task-runner.ts'
import { ThreadRunner } from './runners/thread-runner.ts'
import type { ExecutorOptions } from './task-executor.ts'

/** What {@link runLocally} is given. */
export interface LocalRunOptions {
  readonly config: RunConfig
  /** Folder of the dataset; made when it is not there. */
  readonly out: string
  /** Worker threads. Changes nothing in the output. @default the number of cores */
  readonly threads?: number
  /** Bytes of a source that are tokenized as one task. Changes nothing in the output. @default 8 MiB */
  readonly segmentBytes?: number
  /** Stops the run at the next border; what is finished stays, and the same call goes on from there. */
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

/** Bytes of a source that are tokenized as one task, where nothing else is said. */
export const defaultSegmentBytes = 8 << 20

/** A corpus this small is done before a thread has started. */
const inlineByteLength = 4 << 20

/**
 * Carries a run out in this process. Running it again after a stop or a crash goes on from what is finished.
 *
 * @throws RunError, CorpusError, DatasetError; where the input is unusable, nothing is left behind
 */
export async function runLocally(options: LocalRunOptions): Promise<RunSummary> {
  const { config, out, signal = new AbortController().signal, onEvent = () => {} } = options
  const started = performance.now()
  const { plan, folder, segments, sourceBytes, size } = await prepareRun({
    config,
    out,
    segmentBytes: options.segmentBytes ?? defaultSegmentBytes,
    signal,
    onEvent,
  })
  const tasks = segments.length + Math.ceil(size.windows / plan.windowsPerPart)
  const threads = Math.min(options.threads ?? availableParallelism(), tasks)
  const inline = threads === 1 || sourceBytes <= inlineByteLength
  const runner = createRunner({ path: out, plan }, inline ? 1 : threads)
  try {
    const { manifest, tokens } = await carryOut({ plan, folder, segments, runner, signal, onEvent })
    await removeIntermediates(folder)
    const summary: RunSummary = {
      planId: manifest.planId,
      windows: manifest.totals.rows,
      tokens,
      byteLength: manifest.totals.byteLength,
      sourceBytes,
      seconds: (performance.now() - started) / 1000,
      provider: runner.provider ?? null,
      firstPart: join(out, manifest.parts[0]?.name ?? ''),
      dropped: manifest.dropped,
    }
    onEvent({ event: 'done', ...summary })
    return summary
  } catch (error) {
    if (signal.aborted)
      throw new RunError('aborted', `stopped; the same command goes on from what is in ${out}`)
    await runner.close()
    // A disk that fills up late leaves finished parts, which the next attempt need not make again.
    if (isInputFault(error) || (isNoSpace(error) && !(await hasParts(folder)))) await abandonFolder(folder)
    throw error
  } finally {
    await runner.close()
  }
}

function createRunner(options: ExecutorOptions, threads: number): TaskRunner {
  return threads === 1 ? new InlineRunner(options) : new ThreadRunner(options, threads)
}
