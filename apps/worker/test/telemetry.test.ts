import { expect, test } from 'vitest'
import { OtlpCollector, RedisServer, until, WorkerProcess } from '@sluice/testing'
import { FaultRun } from '@sluice/testing/fault-run'

test('with SLUICE_OTEL every job is a span that a collector gets over OTLP, the last ones at SIGTERM', async () => {
  await using redis = await RedisServer.start()
  await using collector = await OtlpCollector.start()
  using run = await FaultRun.create({ copies: 2 })
  await using worker = new WorkerProcess({
    SLUICE_REDIS_URL: redis.url,
    SLUICE_ROOT: run.root,
    SLUICE_OTEL: 'true',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    // Long after the run: what is seen then was sent because the worker ended.
    OTEL_BSP_SCHEDULE_DELAY: '60000',
  })
  await run.submit(redis.url)
  await run.committed(60_000)
  await worker.stopped()
  expect(worker.exitCode).toBe(0)
  const spansOf = (queue: string): typeof collector.spans =>
    collector.spans.filter(({ name }) => name === `process ${queue}`)
  await until(
    () => spansOf('sluice-runs').length > 0,
    5000,
    () => `spans, got ${collector.spans.map(({ name }) => name).join()}`,
  )
  expect([...collector.services]).toEqual(['sluice-worker'])
  const done = worker.lines.filter(({ msg }) => msg === 'task done')
  const jobs = new Set(done.map(({ jobId }) => jobId))
  expect(jobs.size).toBeGreaterThan(2)
  const traced = spansOf('sluice-tasks').flatMap(({ attributes }) =>
    attributes.flatMap(({ key, value }) => (key === 'bullmq.job.id' ? [value['stringValue']] : [])),
  )
  expect(new Set(traced)).toEqual(jobs)
})
