import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FaultRun, type FaultRunOptions } from '@sluice/testing/fault-run'
import { run as runCommand } from '../engine/command.ts'
import { until } from '@sluice/testing'
import type { Bench } from '../check.ts'
import { Stack } from './stack.ts'

/** Who the workers of tests are: nobody that this machine or the image knows. */
export const testUser = '4242:4242'

/** What a disturbed run is made of. */
export interface DisturbedRunOptions extends FaultRunOptions {
  /** Names the compose project and the folder. */
  readonly name: string
  /** @default 2 */
  readonly workers?: number
  readonly variables?: Readonly<Record<string, string>>
  /** Compose files of the project that are added. */
  readonly files?: readonly string[]
}

/** Processors of a worker while a fault happens: a part takes ten seconds, so that much is left to do on a busy machine too. */
const slowCpus = '0.01'

/** A run of some thirty parts on a stack of its own, beside the same run made by one process: what must come of it. */
export class DisturbedRun implements AsyncDisposable {
  readonly stack: Stack
  readonly run: FaultRun
  readonly #submit: () => Promise<string>

  private constructor(stack: Stack, run: FaultRun) {
    this.stack = stack
    this.run = run
    this.#submit = async () => run.submit(await stack.redisUrl())
  }

  /** Brings the stack up; the run is not on its queue yet. */
  static async prepare(bench: Bench, options: DisturbedRunOptions): Promise<DisturbedRun> {
    const { name, workers = 2, variables = {}, files = [], ...more } = options
    const run = await createBelow(join(bench.scratch, name), more)
    await giveToWorkers(run.root)
    const settings = { SLUICE_USER: testUser, ...variables }
    const stackOptions = { name: `sluice-${name}`, data: run.root, workers, files, variables: settings }
    const stack = await Stack.up(bench, stackOptions)
    return new DisturbedRun(stack, run)
  }

  /** Like {@link prepare}; then waits for the first parts and slows the workers down, so that a fault meets a run under way. */
  static async underWay(bench: Bench, options: DisturbedRunOptions): Promise<DisturbedRun> {
    const disturbed = await DisturbedRun.prepare(bench, options)
    try {
      // At full speed the run could be over before the commands that slow the workers down are through.
      await disturbed.#setCpus('0.1')
      await disturbed.submit()
      await disturbed.parts(2)
      await disturbed.slowDown()
      disturbed.assertUnfinished('when the workers were slowed down')
      return disturbed
    } catch (error) {
      await disturbed[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Puts the run on the queue, once or again. @returns what came of it */
  async submit(): Promise<string> {
    return this.#submit()
  }

  /** Waits until a number of parts is published. */
  async parts(count: number): Promise<void> {
    await until(
      () => this.run.partsDone() >= count,
      300_000,
      () => `${count} parts, got ${this.run.partsDone()}`,
    )
  }

  /** Gives every worker so little time that the run lasts. */
  async slowDown(): Promise<void> {
    await this.#setCpus(slowCpus)
  }

  /** Gives the workers their time back, so that the run ends soon. */
  async speedUp(): Promise<void> {
    await this.#setCpus('1')
  }

  /** @throws Error where the run was over before what should disturb it: then nothing was proven */
  assertUnfinished(when: string): void {
    if (this.run.isCommitted()) throw new Error(`The run was committed already ${when}: nothing is proven`)
  }

  /** Waits for the commit and compares: every file is that of one process, and the manifest stays the one first written. */
  async assertSameDataset(): Promise<void> {
    await this.speedUp()
    await this.run.committed(300_000)
    const inode = this.run.manifestInode()
    await this.#idle()
    const different = this.run.differences()
    if (different.length > 0)
      throw new Error(`Files differ from those of one process: ${different.join(', ')}`)
    if (this.run.manifestInode() !== inode) throw new Error('The manifest was written twice')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]()
    this.run[Symbol.dispose]()
  }

  /** Waits until no worker is in the middle of a task, which it may have taken over from one thought dead. */
  async #idle(): Promise<void> {
    await until(
      async () => {
        const active = await this.stack.redisCommand('LLEN', 'sluice:sluice-tasks:active')
        return active === '0'
      },
      60_000,
      () => 'the last tasks to end',
    )
  }

  async #setCpus(cpus: string): Promise<void> {
    const workers = await this.stack.workers()
    await Promise.all(workers.map((worker) => worker.tell('update', '--cpus', cpus)))
  }
}

/** Makes the run in a folder below `folder`: it takes the system's folder for temporary files. */
async function createBelow(folder: string, options: FaultRunOptions): Promise<FaultRun> {
  await mkdir(folder, { recursive: true })
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  const creating = FaultRun.create({ copies: 300, dim: 16, batchesPerPart: 1, ...options })
  // The folder is made before the first wait.
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  return creating
}

async function giveToWorkers(folder: string): Promise<void> {
  await runCommand(['chown', '--recursive', testUser, folder])
}
