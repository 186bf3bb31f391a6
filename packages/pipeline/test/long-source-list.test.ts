import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset, verifyDataset, folderStorage } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  commitShards,
  planForShards,
  readPlan,
  resolveRunConfig,
  runLocally,
  workShard,
} from '../src/index.ts'

/** More than a plan holds itself. */
const count = 4200
const folder = temporaryFolder({ removeAt: afterAll, inMemory: true })
const textOf = (index: number): string => `file ${index} says ${'so '.repeat(index % 7)}\n`
const options = { maxLength: 8, embeddings: 'none', separator: 'between' } as const

/** One of them has a name that is not UTF-8. */
const oddIndex = 4100
function pathOf(index: number): string | Buffer {
  const stem = join(folder, 'corpus', String(index).padStart(5, '0'))
  return index === oddIndex
    ? Buffer.concat([Buffer.from(stem), Buffer.of(0xff, 0x22), Buffer.from('.txt')])
    : `${stem}.txt`
}

beforeAll(async () => {
  mkdirSync(join(folder, 'corpus'))
  for (let index = 0; index < count; index++) writeFileSync(pathOf(index), textOf(index))
  const lines = Array.from({ length: count }, (_, index) => JSON.stringify({ text: textOf(index) }))
  writeFileSync(join(folder, 'one.jsonl'), `${lines.join('\n')}\n`)
  const config = resolveRunConfig({ ...options, corpus: [join(folder, 'corpus')] })
  await runLocally({ config, out: join(folder, 'many'), threads: 1, segmentBytes: 4 << 20 })
}, 240_000)

const bytesOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const file = join(parentPath, name)
        return [file.slice(path.length), readFileSync(file).toString('base64')]
      }),
  )

test('thousands of files give the ids of the same documents in one file, and each window names its own', async () => {
  const config = resolveRunConfig({ ...options, corpus: [join(folder, 'one.jsonl')] })
  await runLocally({ config, out: join(folder, 'one'), threads: 1 })
  await using many = await openDataset(join(folder, 'many'))
  await using one = await openDataset(join(folder, 'one'))
  expect([many.manifest.version, one.manifest.version]).toEqual([3, 2])
  expect(many.length).toBe(one.length)
  const windows = await many.read(0, many.length)
  expect(windows.inputIds).toEqual((await one.read(0, one.length)).inputIds)
  for (const row of [0, 1000, many.length - 1]) {
    const source = await many.sources.at(windows.source[row]!)
    const index = Number(/(\d+)\.txt$/.exec(source!.name)![1])
    expect(index).toBe(windows.source[row])
    expect(Number(windows.byteStart[row])).toBeLessThan(textOf(index).length)
  }
  expect((await many.sources.at(oddIndex))?.name).toBe(join(folder, 'corpus', '04100\udcff".txt'))
  expect((await verifyDataset(folderStorage(join(folder, 'many')))).problems).toEqual([])
})

test('a plan of thousands of files is small, and its shards make the same bytes', async () => {
  const path = join(folder, 'shards')
  const config = resolveRunConfig({ ...options, corpus: [join(folder, 'corpus')] })
  const signal = new AbortController().signal
  const { run } = await planForShards({ config, out: path, segmentBytes: 4 << 20, signal, onEvent: () => {} })
  expect(readFileSync(join(path, 'plan.json')).byteLength).toBeLessThan(4000)
  expect(await readPlan(folderStorage(path), run.planId)).toEqual(run)
  for (const index of [2, 0, 1]) await workShard({ path, stage: 'tokens', shard: { index, count: 3 } })
  await workShard({ path, stage: 'parts', shard: { index: 0, count: 1 } })
  expect(await commitShards(path)).toMatchObject({ state: 'done' })
  expect(bytesOf(path)).toEqual(bytesOf(join(folder, 'many')))
})

test('a list of sources that was changed after the plan was made stops its tasks', async () => {
  const path = join(folder, 'changed')
  const config = resolveRunConfig({ ...options, corpus: [join(folder, 'corpus')] })
  const signal = new AbortController().signal
  await planForShards({ config, out: path, segmentBytes: 4 << 20, signal, onEvent: () => {} })
  const [list = ''] = readdirSync(join(path, 'lists'))
  const bytes = readFileSync(join(path, 'lists', list))
  bytes[5000] = bytes[5000]! ^ 1
  writeFileSync(join(path, 'lists', list), bytes)
  await expect(workShard({ path, stage: 'tokens', shard: { index: 0, count: 1 } })).rejects.toThrow(/sha256/)
})
