import { until } from '@sluice/testing'
import type { Check } from '../check.ts'
import type { Container } from '../stack/container.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const scaling: Check = {
  name: 'workers are scaled 1 → 4 → 6 → 1 in the middle of a run',
  async run(bench) {
    // Workers that are added must not do the rest of the run while the others start.
    const variables = { TEST_CPUS: '0.2' }
    const size = { workers: 1, copies: 600 }
    await using run = await DisturbedRun.underWay(bench, { name: 'scaling', ...size, variables })
    for (const count of [4, 6]) {
      const workers = await scaleTo(count, run)
      // Each has taken up work, and is frozen before the run ends for that: starting takes longer than the work.
      await Promise.all(workers.map(freezeOnceStarted))
      run.assertUnfinished(`with ${count} workers`)
      bench.note(`${count} workers after ${run.run.partsDone()} parts`)
      await run.slowDown()
      await Promise.all(workers.map((worker) => worker.tell('unpause')))
    }
    await scaleTo(1, run)
    run.assertUnfinished('with one worker again')
    bench.note(`1 worker after ${run.run.partsDone()} parts`)
    await run.assertSameDataset()
  },
}

async function scaleTo(count: number, { stack }: DisturbedRun): Promise<Container[]> {
  await stack.scale(count)
  const workers = await stack.workers()
  if (workers.length !== count) throw new Error(`Expected ${count} workers, got ${workers.length}`)
  return workers
}

async function freezeOnceStarted(worker: Container): Promise<void> {
  await until(
    async () => (await worker.lines()).some(({ msg }) => msg === 'worker started'),
    90_000,
    () => 'a worker to start',
  )
  // One that gets hardly any time cannot be frozen either.
  await worker.tell('update', '--cpus', '0.3')
  await worker.freeze()
}
