import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyRepair, folderStorage, planRepair, readManifest, type InputAccount } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  commitShards,
  estimateRun,
  planForShards,
  resolveRunConfig,
  runLocally,
  workShard,
  type RunEvent,
  type RunOptions,
} from '../src/index.ts'

/** A folder with two texts, and one entry of each kind that is passed over. */
function makeFolder(): string {
  const folder = join(temporaryFolder(), 'corpus')
  mkdirSync(join(folder, 'below', '.git'), { recursive: true })
  mkdirSync(join(folder, '..', 'elsewhere'))
  writeFileSync(join(folder, 'a.txt'), 'one text of some words')
  writeFileSync(join(folder, 'below', 'b.txt'), 'another text of some words')
  writeFileSync(join(folder, '.hidden'), 'hidden')
  writeFileSync(join(folder, '..', 'elsewhere', 'c.txt'), 'a third text of some words')
  symlinkSync('../elsewhere', join(folder, 'link'))
  symlinkSync('nowhere', join(folder, 'dead'))
  expect(spawnSync('mkfifo', [join(folder, 'pipe')]).status).toBe(0)
  return folder
}

function expectedOf(folder: string, more: Partial<InputAccount> = {}): InputAccount {
  return {
    listed: 7,
    read: 2,
    followed: 0,
    skipped: { hidden: 2, 'linked-folder': 1, 'broken-link': 1, 'not-a-file': 1 },
    first: {
      hidden: [join(folder, '.hidden'), join(folder, 'below', '.git')],
      'broken-link': [join(folder, 'dead')],
      'linked-folder': [join(folder, 'link')],
      'not-a-file': [join(folder, 'pipe')],
    },
    ...more,
  }
}

const optionsOf = (folder: string): RunOptions => ({ corpus: [folder], maxLength: 2, embeddings: 'none' })

test('what a folder holds besides sources is counted and named: in the summary, events, manifest and estimate', async () => {
  const folder = makeFolder()
  const config = resolveRunConfig(optionsOf(folder))
  const out = join(folder, '..', 'out')
  const events: RunEvent[] = []
  const summary = await runLocally({ config, out, onEvent: (event) => events.push(event) })
  const expected = expectedOf(folder)
  expect(summary.inputs).toStrictEqual(expected)
  expect((await readManifest(folderStorage(out))).inputs).toStrictEqual(expected)
  for (const kind of ['planned', 'done'])
    expect(events.find(({ event }) => event === kind)).toMatchObject({ inputs: expected })
  const again = await runLocally({ config, out })
  expect(again).toMatchObject({ alreadyDone: true, inputs: expected })
  const estimate = await estimateRun(config, { path: join(folder, '..', 'e') }, new AbortController().signal)
  expect(estimate.inputs).toStrictEqual(expected)
})

test('links to folders are followed on request, and counted', async () => {
  const folder = makeFolder()
  const config = resolveRunConfig({ ...optionsOf(folder), links: 'follow' })
  const { inputs } = await runLocally({ config, out: join(folder, '..', 'out') })
  const { 'linked-folder': _count, ...skipped } = expectedOf(folder).skipped
  const { 'linked-folder': _paths, ...first } = expectedOf(folder).first
  expect(inputs).toStrictEqual(expectedOf(folder, { read: 3, followed: 1, skipped, first }))
  // A circle ends, and says so.
  symlinkSync('.', join(folder, 'circle'))
  const circle = await runLocally({ config, out: join(folder, '..', 'circle') })
  expect(circle.inputs).toMatchObject({ listed: 8, skipped: { 'listed-already': 1 } })
})

test("a run's own folder inside the corpus is no part of it", async () => {
  const folder = join(temporaryFolder(), 'corpus')
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.txt'), 'one text of some words')
  const out = join(folder, 'out')
  const config = resolveRunConfig(optionsOf(folder))
  const { inputs } = await runLocally({ config, out })
  expect(inputs).toStrictEqual({ listed: 1, read: 1, skipped: {}, first: {}, followed: 0 })
  expect(await readManifest(folderStorage(out))).not.toHaveProperty('inputs')
  rmSync(join(out, 'manifest.json'))
  const resumed = await runLocally({ config, out, onEvent() {} })
  expect(resumed.windows).toBeGreaterThan(0)
})

test('jobs of shards commit the account that was made when the run was planned, and a repair keeps it', async () => {
  const folder = makeFolder()
  const out = join(folder, '..', 'out')
  const config = resolveRunConfig(optionsOf(folder))
  const signal = new AbortController().signal
  await planForShards({ config, out, segmentBytes: 1e6, signal, onEvent() {} })
  writeFileSync(join(folder, '.later'), '')
  for (const stage of ['tokens', 'parts'] as const)
    await workShard({ path: out, stage, shard: { index: 0, count: 1 } })
  expect(await commitShards(out)).toMatchObject({ result: { inputs: expectedOf(folder) } })
  const storage = folderStorage(out)
  const before = await readManifest(storage)
  writeFileSync(join(out, before.parts[0]!.name), 'damaged')
  await applyRepair(storage, await planRepair(storage, { reopen: true }))
  await runLocally({ config, out })
  expect(await readManifest(storage)).toStrictEqual(before)
})
