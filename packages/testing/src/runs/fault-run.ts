import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderStorage, manifestName, planName, publishJson } from '@sluice/dataset'
import {
  carryOut,
  cutCorpus,
  identifyPlan,
  LocalRunner,
  openCorpus,
  planCorpus,
  planFileOf,
  reopenCorpus,
  resolveRunConfig,
  RunFolder,
  type PlannedRun,
  type RunOptions,
} from '@sluice/pipeline'
import { openRunClient, resolveConnection, runIdOf, type RunPayload } from '@sluice/queue'
import { theVerdict } from '../repository.ts'
import { until } from '../until.ts'
import type { LogLine } from './worker-process.ts'

/** What a run under faults is made of. */
export interface FaultRunOptions extends Omit<RunOptions, 'corpus'> {
  /** How often the example text is repeated. @default 20 */
  readonly copies?: number
  /** Bytes of a tokenize task. @default 20000 */
  readonly segmentBytes?: number
  /** Record batches of a part. @default 2 */
  readonly batchesPerPart?: number
  /** Where the run is written. @default a folder beside the corpus */
  readonly out?: string
}

/**
 * A run of many small tasks in a data root of its own, with the dataset that one process makes of the same plan beside
 * it: what any number of workers under any faults must make, byte for byte.
 */
export class FaultRun implements Disposable {
  readonly root: string
  readonly runId: string
  readonly payload: RunPayload
  readonly out: string
  readonly #run: PlannedRun

  private constructor(root: string, out: string, run: PlannedRun, segmentBytes: number) {
    this.root = root
    this.out = out
    this.#run = run
    const { planId } = run
    this.runId = runIdOf(planId, out)
    const shared = { attempt: 0, cancelled: false, label: 'faults', sourceBytes: 0 }
    this.payload = { version: 1, out, planId, segmentBytes, ...shared }
  }

  /** Plans the run, makes the reference, and publishes the plan in the run's folder. */
  static async create(options: FaultRunOptions = {}): Promise<FaultRun> {
    const { copies = 20, segmentBytes = 20_000, batchesPerPart = 2, out = 'runs/faults', ...config } = options
    const root = mkdtempSync(join(tmpdir(), 'sluice-faults-'))
    const text = readFileSync(theVerdict, 'utf8')
    mkdirSync(join(root, 'corpus'))
    writeFileSync(join(root, 'corpus', 'text.txt'), text.repeat(copies))
    const planned = await planAt(root, { maxLength: 32, stride: 16, dim: 64, ...config }, batchesPerPart)
    const run = new FaultRun(root, out, planned, segmentBytes)
    await run.#makeReference()
    await publishJson(folderStorage(join(root, out)), planName, planFileOf(planned.plan))
    return run
  }

  get path(): string {
    return join(this.root, this.out)
  }

  /** Puts the run on the queue, once or again. */
  async submit(url: string, prefix?: string): Promise<string> {
    const connection = resolveConnection({ url, ...(prefix && { prefix }) })
    await using client = await openRunClient({ connection, timeoutMs: 20_000 })
    // Awaited here: the connection closes at the end of the scope.
    return await client.submit(this.runId, this.payload)
  }

  /** How many parts are published. */
  partsDone(): number {
    return names(join(this.path, 'receipts')).filter((name) => name.endsWith('.json')).length
  }

  isCommitted(): boolean {
    return names(this.path).includes(manifestName)
  }

  /** Waits for the commit, and a moment for what comes after it. */
  async committed(milliseconds: number): Promise<void> {
    await until(
      () => this.isCommitted(),
      milliseconds,
      () => `commit (${this.partsDone()} parts)`,
    )
    await until(
      () => !names(this.path).some((name) => name === 'tokens' || name === '_tmp'),
      10_000,
      () => 'the end of the clean-up',
    )
  }

  /** The names of files that differ from the reference's; none when all is well. */
  differences(): string[] {
    const made = hashes(this.path)
    const expected = hashes(join(this.root, 'reference'))
    const all = new Set([...made.keys(), ...expected.keys()])
    return [...all].filter((name) => made.get(name) !== expected.get(name))
  }

  /** Tells two files of one name apart, so that a second commit would be seen. */
  manifestInode(): number {
    return statSync(join(this.path, manifestName)).ino
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }

  async #makeReference(): Promise<void> {
    const run = this.#run
    const path = join(this.root, 'reference')
    const storage = folderStorage(path)
    const access = { path, roots: [this.root] }
    // Cut elsewhere than by the workers: where the cuts fall must not matter.
    const segments = await cutCorpus(await reopenCorpus(run, access), 1 << 30)
    await publishJson(storage, planName, planFileOf(run.plan))
    const runner = new LocalRunner({ path, run, access })
    const folder = RunFolder.taken(storage)
    const signal = new AbortController().signal
    await carryOut({ run, folder, segments, runner, signal, onEvent: () => {} })
    await runner.close()
    await folder.finish()
  }
}

/** Sources are named relative to the data root, as on workers. */
async function planAt(
  root: string,
  config: Omit<RunOptions, 'corpus'>,
  batchesPerPart: number,
): Promise<PlannedRun> {
  const path = join(root, 'corpus', 'text.txt')
  const resolved = resolveRunConfig({ corpus: [path], ...config })
  const corpus = await openCorpus(resolved, { path: join(root, 'unused') })
  const { plan } = planCorpus(corpus)
  const name = 'corpus/text.txt'
  return identifyPlan({
    ...plan,
    config: { ...plan.config, corpus: [name] },
    sources: Array.from(corpus.sources, (source) => ({ ...source, name })),
    windowsPerPart: plan.layout.rowsPerBatch * batchesPerPart,
  })
}

/**
 * Tasks that were done once more although they had their receipt when the second one began: there must be none. Workers
 * look for the receipt a moment after they take a job, so a few milliseconds are allowed for.
 */
export function recomputed(lines: readonly LogLine[]): string[] {
  const firstEnd = new Map<string, number>()
  const again: string[] = []
  const done = lines
    .filter(({ msg }) => msg === 'task done')
    .map((line) => ({
      task: `${String(line['runId'])} ${String(line['taskId'])}`,
      end: Number(line['time']),
      ms: Number(line['seconds']) * 1000,
    }))
    .toSorted((a, b) => a.end - b.end)
  for (const { task, end, ms } of done) {
    const before = firstEnd.get(task)
    if (before === undefined) firstEnd.set(task, end)
    else if (end - ms > before + 100) again.push(task)
  }
  return again
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function hashes(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return new Map(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(folder.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex')]
    }),
  )
}
