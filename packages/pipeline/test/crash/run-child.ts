/** `run-child.ts RUNS`: carries out runs one after the other, and prints a line about each; a run may kill the process. */
import { identifySources, planRunSegments } from '../../src/sources/sources.ts'
import { getEncoding } from '@sluice/tokenizer'
import { estimateTokens } from '../../src/estimate/estimate-tokens.ts'
import { refuseDataset } from '../../src/folder/folder.ts'
import { planRun, type Plan, type SplitName } from '../../src/plan/plan.ts'
import type { RunConfig } from '../../src/plan/run-config.ts'
import { runPlan } from '../../src/run/run-plan.ts'
import { runSplit } from '../../src/run/run-split.ts'
import { TaskThread } from '../../src/runners/task-thread-handle.ts'
import { folderStorage } from '@sluice/dataset'
import { moments, sharedPoint, type Moment } from './crash-point.ts'

export interface ChildRun {
  readonly config: RunConfig
  readonly out: string
  readonly threads: number
  readonly segmentBytes: number
  /** Small ones, so that little text makes several. */
  readonly rowsPerBatch: number
  readonly batchesPerPart: number
  /** Where it dies: a share of the calls of the run before it, or of so many. */
  readonly crash?: { readonly share: number; readonly of?: number; readonly moment: Moment }
}

export interface ChildOutcome {
  /** `done`, or the code of the error. */
  readonly outcome: string
  /** Calls that changed the disk. */
  readonly calls: number
}

const point = sharedPoint()

/** What `runLocally` does, with parts that are not of 128 MB. */
async function carryOutRun({ config, out, threads, segmentBytes, ...parts }: ChildRun): Promise<void> {
  const signal = new AbortController().signal
  const access = { path: out }
  await refuseDataset(folderStorage(out), out)
  const encoding = await getEncoding(config.encoding)
  const sources = await identifySources(config, access, signal)
  const segments = await planRunSegments(sources, config, encoding, access, segmentBytes)
  const estimate = await estimateTokens(segments, sources, config, encoding, access)
  const planOf = (split?: SplitName): Plan => {
    const plan = planRun(config, encoding, sources, split)
    const layout = { ...plan.layout, rowsPerBatch: parts.rowsPerBatch }
    return { ...plan, layout, windowsPerPart: parts.rowsPerBatch * parts.batchesPerPart }
  }
  const helpers = Array.from({ length: threads - 1 }, () => new TaskThread())
  const shared = { out, helpers, encoding, access, segments, estimate, signal, onEvent: () => {} }
  try {
    await (config.split === null ? runPlan({ ...shared, plan: planOf() }) : runSplit(shared, planOf))
  } finally {
    await Promise.all(helpers.map((helper) => helper.close()))
  }
}

let calls = 0
for (const run of JSON.parse(process.argv[2] ?? '[]') as ChildRun[]) {
  const { share = 0, of = calls, moment = 'before' } = run.crash ?? {}
  point.set([0, Math.ceil(share * of), moments.indexOf(moment)])
  const outcome = await carryOutRun(run).then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
  calls = point[0]!
  console.log(JSON.stringify({ outcome, calls } satisfies ChildOutcome))
}
