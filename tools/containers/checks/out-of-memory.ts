import type { Check } from '../check.ts'
import { until } from '@sluice/testing'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const outOfMemory: Check = {
  name: 'workers with too little memory are killed and started again, and the run ends once they have enough',
  async run(bench) {
    // The tables alone are 206 MB.
    const options = { name: 'memory', workers: 1, copies: 4, dim: 1024, batchesPerPart: 1 }
    await using run = await DisturbedRun.prepare(bench, {
      ...options,
      variables: { WORKER_MEMORY: '180m', TEST_CPUS: '1' },
    })
    await run.submit()
    const [worker] = await run.stack.workers()
    await until(
      async () => (await worker!.inspect<number>('.RestartCount')) >= 2,
      90_000,
      () => 'the worker to be killed twice',
    )
    run.assertUnfinished('with too little memory')
    run.stack.set({ WORKER_MEMORY: '2g' })
    await run.stack.start(1)
    await run.assertSameDataset()
  },
}
