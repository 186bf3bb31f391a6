import { RedisServer } from '@sluice/testing'
import { expect, test } from 'vitest'
import { createQueue } from '../src/bullmq/backend.ts'
import { openRunClient, resolveConnection, type RunPayload } from '../src/index.ts'
import { queueNames } from '../src/payload.ts'

test('a job of another version is listed as unknown, and hides no other', async () => {
  await using redis = await RedisServer.start()
  const connection = resolveConnection({ url: redis.url })
  const queue = createQueue<RunPayload>(queueNames.runs, connection, () => {})
  const own: RunPayload = {
    ...{ version: 1, out: 'runs/a', planId: 'a'.repeat(64), segmentBytes: 1, attempt: 0 },
    ...{ cancelled: false, label: 'a.txt', sourceBytes: 5 },
  }
  await queue.add('run', { ...own, version: 7, news: true } as unknown as RunPayload, { jobId: 'run-later' })
  await queue.add('run', own, { jobId: 'run-own' })
  await using client = await openRunClient({ connection })
  const views = await client.list()
  const states = Object.fromEntries(views.map(({ runId, state }) => [runId, state]))
  expect(states).toEqual({ 'run-later': 'unknown', 'run-own': 'waiting' })
  expect(views.find(({ state }) => state === 'unknown')?.reason).toMatch(/^Job data: `version`/)
  await expect(client.status('run-later')).rejects.toMatchObject({ code: 'invalid-payload' })
  await queue.close()
})
