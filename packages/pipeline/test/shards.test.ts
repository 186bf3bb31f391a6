import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  commitShards,
  planForShards,
  resolveRunConfig,
  runLocally,
  workShard,
  type RunConfig,
  type ShardStage,
} from '../src/index.ts'
import { filesOf } from './run-folder.ts'
import { shardsOf, tasksOfShard } from '../src/shards/shard.ts'

const text = readFileSync(theVerdict, 'utf8')

function prepare(): { readonly folder: string; readonly config: RunConfig } {
  const folder = temporaryFolder()
  const corpus = Array.from({ length: 12 }, (_, index) => {
    const path = join(folder, `${index}.txt`)
    writeFileSync(path, index % 4 === 0 ? text.slice(0, 6000 + index) : text.slice(index, 300 * index))
    return path
  })
  return { folder, config: resolveRunConfig({ corpus, maxLength: 8, dim: 2, embeddings: 'lazy' }) }
}

test('every task is of one shard, whatever their number, and shards weigh about the same', () => {
  const weights = Array.from({ length: 200 }, (_, index) => 1 + (index % 7))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  for (const count of [1, 2, 3, 7, 64, 300]) {
    const shards = Array.from({ length: count }, (_, index) =>
      tasksOfShard(weights, (weight) => weight, { index, count }),
    )
    expect(shards.flat()).toEqual(weights)
    for (const shard of shards) {
      const weight = shard.reduce((sum, each) => sum + each, 0)
      expect(weight).toBeLessThanOrEqual(total / count + 7)
    }
  }
  expect(shardsOf([0, 0], (weight) => weight, 5)).toEqual([0, 0])
  for (const index of [-1, 3, 0.5])
    expect(() => tasksOfShard(weights, (weight) => weight, { index, count: 3 })).toThrow(
      'Expected a shard from 0 to 2',
    )
})

test('shards in any order and of changing number, repeated and left out, make the bytes of one process', async () => {
  const { folder, config } = prepare()
  const whole = join(folder, 'whole')
  await runLocally({ config, out: whole, threads: 1, segmentBytes: 9000 })
  const path = join(folder, 'shards')
  const signal = new AbortController().signal
  const { segments } = await planForShards({
    config,
    out: path,
    segmentBytes: 9000,
    signal,
    onEvent: () => {},
  })
  expect(segments.length).toBeGreaterThan(4)
  const work = (stage: ShardStage, index: number, count: number): ReturnType<typeof workShard> =>
    workShard({ path, stage, shard: { index, count } })

  expect(await commitShards(path)).toMatchObject({ state: 'not-ready', missing: { stage: 'tokens' } })
  await work('tokens', 2, 3)
  const early = await work('parts', 0, 2)
  expect(early).toMatchObject({ state: 'not-ready', missing: { stage: 'tokens' } })
  if (early.state === 'not-ready') expect(early.missing.shardsOf(3)).toEqual([0, 1])
  await Promise.all([work('tokens', 0, 3), work('tokens', 0, 2)])
  await work('tokens', 1, 3)
  await work('tokens', 1, 3)
  expect(await commitShards(path)).toMatchObject({ state: 'not-ready', missing: { stage: 'parts' } })
  await Promise.all([work('parts', 1, 2), work('parts', 0, 2)])
  expect(await commitShards(path)).toMatchObject({ state: 'done' })
  expect(filesOf(path)).toEqual(filesOf(whole))
  // A job that comes late, and a second commit, change nothing.
  expect(await work('tokens', 0, 3)).toEqual({ state: 'done', result: 0 })
  expect(await commitShards(path)).toMatchObject({ state: 'done' })
  expect(filesOf(path)).toEqual(filesOf(whole))
})

test('bad text in a group ends its shard with what is wrong, holes allowed or not, and no other shard', async () => {
  const { folder, config } = prepare()
  const bad = config.corpus[6]!
  writeFileSync(bad, Buffer.from('seven words \xff and then some more', 'latin1'))
  const path = join(folder, 'shards')
  const signal = new AbortController().signal
  const holes = { ...config, onPoison: 'hole' } as const
  await planForShards({ config: holes, out: path, segmentBytes: 9000, signal, onEvent: () => {} })
  const outcomes = await Promise.allSettled(
    [0, 1, 2, 3].map((index) => workShard({ path, stage: 'tokens', shard: { index, count: 4 } })),
  )
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as Error] : [],
  )
  expect(failures).toMatchObject([{ code: 'invalid-utf8', message: expect.stringContaining(bad) as string }])
  expect(await commitShards(path)).toMatchObject({ state: 'not-ready', missing: { stage: 'tokens' } })
})
