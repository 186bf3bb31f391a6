import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { carryOut } from './carry-out.ts'
import { isInputFault, isNoSpace, RunError } from './errors.ts'
import type { TokenEstimate } from './estimate-tokens.ts'
import { abandonFolder, hasParts, removeIntermediates } from './folder.ts'
import type { Plan } from './plan.ts'
import type { RunEvent } from './run-event.ts'
import { InlineRunner } from './runners/inline-runner.ts'
import type { TaskRunner } from './runners/task-runner.ts'
import { ThreadRunner } from './runners/thread-runner.ts'
import type { SourceAccess } from './source-access.ts'
import { takePlan } from './take-plan.ts'
import type { RunSegment } from './task.ts'
import type { RunProvider } from './default-provider.ts'
import type { ExecutorOptions } from './task-executor.ts'

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

/** What {@link runPlan} is given. */
export interface RunPlanOptions {
  readonly plan: Plan
  /** Folder of the dataset. */
  readonly out: string
  readonly threads?: number
  readonly provider?: RunProvider
  readonly segments: readonly RunSegment[]
  readonly estimate: TokenEstimate
  readonly access: SourceAccess
  readonly signal: AbortSignal
  readonly onEvent: (event: RunEvent) => void
}

/** A corpus this small that makes no more than this is done before a thread has started. */
const inlineByteLength = { source: 4 << 20, output: 64 << 20 } as const

/** Carries one plan out in this process, into one folder. */
export async function runPlan(options: RunPlanOptions): Promise<RunSummary> {
  const { plan, out, segments, estimate, access, provider, signal, onEvent } = options
  const started = performance.now()
  const { folder, sourceBytes, size } = await takePlan({ plan, out, estimate, onEvent })
  const tasks = segments.length + Math.ceil(size.windows / plan.windowsPerPart)
  const threads = Math.min(options.threads ?? availableParallelism(), tasks)
  const isSmall = sourceBytes <= inlineByteLength.source && size.byteLength <= inlineByteLength.output
  const inline = threads === 1 || isSmall
  const runner = createRunner(
    { path: out, plan, access, ...(provider && { provider }) },
    inline ? 1 : threads,
  )
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
    onEvent({ event: 'done', ...(plan.split && { split: plan.split }), ...summary })
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
