import type { Check } from '../check.ts'
import { until } from '@sluice/testing'
import type { Container } from '../stack/container.ts'
import { DisturbedRun } from '../stack/disturbed-run.ts'

export const service: Check = {
  name: 'a quiet run: health, readiness, metrics, progress, and the dataset of one process',
  async run(bench) {
    await using run = await DisturbedRun.prepare(bench, { name: 'quiet', copies: 60 })
    const workers = await run.stack.workers()
    for (const worker of workers) {
      for (const path of ['/healthz', '/readyz']) await expectStatus(worker, path, 200)
      const health = await worker.inspect<string>('.State.Health.Status')
      if (health !== 'healthy') throw new Error(`Expected a healthy worker, got ${health}`)
    }
    await run.submit()
    await run.assertSameDataset()
    const total = 'sluice_windows_total'
    const windows = await Promise.all(workers.map((worker) => metric(worker, total)))
    const done = windows.reduce((sum, count) => sum + count, 0)
    if (done < 1000 || windows.some((count) => count === 0)) {
      throw new Error(`Expected both workers to have embedded windows, got ${windows.join(' and ')}`)
    }
    const listed = await run.stack.sluice('status', run.run.runId)
    if (listed.status !== 0 || !listed.stdout.includes('done')) {
      throw new Error(
        `Expected \`sluice status\` to say done, got ${listed.status}: ${listed.stdout}${listed.stderr}`,
      )
    }
    await (await run.stack.redis()).tell('stop')
    await until(
      async () => (await workers[0]!.get('/readyz')).status === 503,
      20_000,
      () => 'a worker without Redis not to be ready',
    )
    await expectStatus(workers[0]!, '/healthz', 200)
  },
}

async function expectStatus(worker: Container, path: string, expected: number): Promise<void> {
  const { status, text } = await worker.get(path)
  if (status !== expected) throw new Error(`Expected ${path} to answer ${expected}, got ${status}: ${text}`)
}

async function metric(worker: Container, name: string): Promise<number> {
  const { text } = await worker.get('/metrics')
  const [, value] = new RegExp(`^${name} (.*)$`, 'm').exec(text) ?? []
  if (value === undefined) throw new Error(`Expected the metric ${name}`)
  return Number(value)
}
