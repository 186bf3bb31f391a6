/** `run-child.ts RUNS`: carries out runs one after the other, and prints a line about each; a run may kill the process. */
import { cutCorpus } from '../../src/sources/cut-corpus.ts'
import { openCorpus, planCorpus } from '../../src/sources/open-corpus.ts'
import { estimateTokens } from '../../src/estimate/estimate-tokens.ts'
import { refuseDataset } from '../../src/folder/run-folder.ts'
import { openRunStorage } from '../../src/folder/run-storage.ts'
import type { SplitName } from '../../src/plan/plan.ts'
import { identifyPlan, type PlannedRun } from '../../src/plan/planned-run.ts'
import type { RunConfig } from '../../src/plan/run-config.ts'
import { runPlan } from '../../src/run/run-plan.ts'
import { runSplit } from '../../src/run/run-split.ts'
import { TaskThread } from '../../src/runners/task-thread-handle.ts'
import { takePlan } from '../../src/run/take-plan.ts'
import { commitShards } from '../../src/shards/commit-shards.ts'
import { workShard } from '../../src/shards/work-shard.ts'
import { publishSegments } from '../../src/sources/segments-file.ts'
import { moments, sharedPoint, type Moment } from './crash-point.ts'

export interface ChildRun {
  readonly config: RunConfig
  readonly out: string
  readonly threads: number
  readonly segmentBytes: number
  /** Small ones, so that little text makes several. */
  readonly rowsPerBatch: number
  readonly batchesPerPart: number
  /** Whether parts have the size that they have for users, whatever the two above say: a plan that is read again has to. */
  readonly usualParts?: boolean
  /** Into how many shards it is cut, done one after the other; 0 or absent: it is not. */
  readonly shards?: number
  /** Where it dies: a share of the calls of the run before it, or of `of` calls. */
  readonly crash?: { readonly share: number; readonly of?: number; readonly moment: Moment }
}

export interface ChildOutcome {
  /** `done`, or the code of the error. */
  readonly outcome: string
  /** Calls that changed the disk. */
  readonly calls: number
  /** How many sources each of the tasks has that several share; none where it was not done. */
  readonly groups: readonly number[]
}

const point = sharedPoint()

/** What `runLocally` does, with parts that are not of 128 MB. @returns how many sources each group of them has */
async function carryOutRun({
  config,
  out,
  threads,
  segmentBytes,
  usualParts = false,
  shards = 0,
  ...parts
}: ChildRun): Promise<readonly number[]> {
  const signal = new AbortController().signal
  const access = { path: out }
  await refuseDataset(openRunStorage(out))
  const corpus = await openCorpus(config, access)
  const segments = await cutCorpus(corpus, segmentBytes)
  const groups = segments.map(({ count = 1 }) => count).filter((count) => count > 1)
  const estimate = await estimateTokens(corpus, segments)
  const runOf = (split?: SplitName): PlannedRun => {
    const planned = planCorpus(corpus, split)
    if (usualParts) return planned
    const { plan } = planned
    const layout = { ...plan.layout, rowsPerBatch: parts.rowsPerBatch }
    return identifyPlan({ ...plan, layout, windowsPerPart: parts.rowsPerBatch * parts.batchesPerPart })
  }
  if (shards > 0) {
    const run = runOf()
    await takePlan({ run, storage: openRunStorage(out), corpus, estimate, onEvent: () => {} })
    await publishSegments(openRunStorage(out), run, segments)
    for (const stage of ['tokens', 'parts'] as const) {
      for (let index = 0; index < shards; index++)
        await workShard({ path: out, stage, shard: { index, count: shards }, threads })
    }
    const { state } = await commitShards(out)
    if (state !== 'done') throw new Error('Expected a run whose shards are done to be ready')
    return groups
  }
  const helpers = Array.from({ length: threads - 1 }, () => new TaskThread())
  const shared = {
    corpus,
    out,
    openStorage: openRunStorage,
    helpers,
    segments,
    estimate,
    signal,
    onEvent: () => {},
  }
  try {
    await (config.split === null ? runPlan({ ...shared, run: runOf() }) : runSplit(shared, runOf))
  } finally {
    await Promise.all(helpers.map((helper) => helper.close()))
  }
  return groups
}

let calls = 0
for (const run of JSON.parse(process.argv[2] ?? '[]') as ChildRun[]) {
  const { share = 0, of = calls, moment = 'before' } = run.crash ?? {}
  point.set([0, Math.ceil(share * of), moments.indexOf(moment)])
  const ended = await carryOutRun(run).then(
    (groups) => ({ outcome: 'done', groups }),
    (error: unknown) => ({
      outcome: error instanceof Error && 'code' in error ? String(error.code) : String(error),
      groups: [],
    }),
  )
  calls = point[0]!
  console.log(JSON.stringify({ ...ended, calls } satisfies ChildOutcome))
}
