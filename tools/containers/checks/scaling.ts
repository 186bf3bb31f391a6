import type { Check } from '../check.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const scaling: Check = {
  name: 'workers are scaled 1 → 4 → 6 → 1 in the middle of a run',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'scaling', workers: 1, copies: 500 })
    for (const count of [4, 6, 1]) {
      await run.stack.scale(count)
      const running = (await run.stack.workers()).length
      if (running !== count) throw new Error(`Expected ${count} workers, got ${running}`)
      // The new ones are started with their full time.
      await run.slowDown()
      run.assertUnfinished(`with ${count} workers`)
      bench.note(`${count} workers after ${run.run.partsDone()} parts`)
    }
    await run.assertSameDataset()
  },
}
