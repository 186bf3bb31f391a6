import { until } from '@sluice/testing'
import type { Check } from '../check.ts'
import type { Container } from '../stack/container.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

/** Bytes above what a worker without work takes: too few for a thread, its vocabulary and its tables. */
const spare = 32 << 20

export const outOfMemory: Check = {
  name: 'a worker with too little memory is killed and started again, and the run ends once it has enough',
  async run(bench) {
    await using run = await DisturbedRun.prepare(bench, { name: 'memory', workers: 1, copies: 20, dim: 256 })
    const [worker] = await run.stack.workers()
    const limit = (await memoryOf(worker!)) + spare
    await worker!.tell('update', '--memory', String(limit), '--memory-swap', String(limit))
    const since = String(Math.floor(Date.now() / 1000))
    await run.submit()
    await until(
      async () => (await worker!.inspect<number>('.RestartCount')) >= 2,
      120_000,
      () => 'the worker to be killed twice',
    )
    run.assertUnfinished('with too little memory')
    const filters = ['--filter', `container=${worker!.id}`, '--filter', 'event=oom']
    const period = ['--since', since, '--until', String(Math.ceil(Date.now() / 1000))]
    const events = await bench.engine.docker('events', ...period, ...filters)
    if (events === '') throw new Error('Expected the kernel to have killed the worker for its memory')
    // Another limit in `.env`, and `up`: the container is made again.
    run.stack.set({ WORKER_MEMORY: '2g' })
    await run.stack.start(1)
    bench.note(`killed with ${limit >> 20} MB`)
    await run.assertSameDataset()
  },
}

/** Bytes that its processes take, without what the kernel could read again from files. */
async function memoryOf(worker: Container): Promise<number> {
  const status = await worker.exec(['sh', '-c', 'cat /proc/[0-9]*/status'])
  const sizes = [...status.matchAll(/^RssAnon:\s+(\d+) kB$/gm)].map(
    ([, kilobytes]) => Number(kilobytes) * 1024,
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
