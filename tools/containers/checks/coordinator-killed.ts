import type { Check } from '../check.ts'
import { until } from '@sluice/testing'
import type { Container } from '../stack/container.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const coordinatorKilled: Check = {
  name: 'the worker that coordinates the run is killed, and another takes the run over',
  async run(bench) {
    await using run = await DisturbedRun.underWay(bench, { name: 'coordinator', workers: 3 })
    const workers = await run.stack.workers()
    const coordinating = await Promise.all(workers.map((worker) => coordinates(worker, run.run.runId)))
    const victim = workers.find((_, index) => coordinating[index])
    if (victim === undefined) throw new Error('No worker says that it coordinates the run')
    await victim.tell('kill')
    if (await victim.isRunning()) throw new Error('Expected the coordinator to be dead')
    run.assertUnfinished('when its coordinator was killed')
    const others = workers.filter((worker) => worker !== victim)
    const killed = performance.now()
    await until(
      async () =>
        (await Promise.all(others.map((worker) => coordinates(worker, run.run.runId)))).includes(true),
      60_000,
      () => 'another worker to coordinate the run',
    )
    bench.note(`taken over after ${((performance.now() - killed) / 1000).toFixed(0)} s, with a lock of 5 s`)
    await run.assertSameDataset()
  },
}

async function coordinates(worker: Container, runId: string): Promise<boolean> {
  return (await worker.lines()).some((line) => line.msg === 'coordinating run' && line['runId'] === runId)
}
