import type { Check } from '../check.ts'
import { until } from '@sluice/testing'
import type { Container } from '../stack/container.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const scaling: Check = {
  name: 'workers are scaled 1 → 4 → 6 → 1 in the middle of a run',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'scaling', workers: 1, copies: 600 })
    // Enough to start within seconds, and too little to finish the run before they are slowed down.
    run.stack.set({ TEST_CPUS: '0.1' })
    for (const count of [4, 6, 1]) {
      await run.stack.scale(count)
      const workers = await run.stack.workers()
      if (workers.length !== count) throw new Error(`Expected ${count} workers, got ${workers.length}`)
      await until(
        async () => (await Promise.all(workers.map(hasStarted))).every(Boolean),
        90_000,
        () => `${count} workers to start`,
      )
      await run.slowDown()
      run.assertUnfinished(`with ${count} workers`)
      bench.note(`${count} workers after ${run.run.partsDone()} parts`)
    }
    await run.assertSameDataset()
  },
}

async function hasStarted(worker: Container): Promise<boolean> {
  return (await worker.lines()).some(({ msg }) => msg === 'worker started')
}
