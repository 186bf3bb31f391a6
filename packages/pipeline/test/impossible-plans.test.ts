import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderStorage, publishJson, planName } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  identifyPlan,
  openCorpus,
  planFileOf,
  planRun,
  readPlan,
  resolveRunConfig,
  TaskExecutor,
  type Plan,
  type PlannedRun,
  type RunOptions,
} from '../src/index.ts'

const control = { signal: new AbortController().signal, onProgress: () => {} }

/** Publishes the plan of a small text as somebody else may have changed it, and reads it as a worker does. */
async function publishPlan(
  path: string,
  options: Partial<RunOptions>,
  change: (plan: Plan) => Plan,
): Promise<PlannedRun> {
  const text = join(temporaryFolder(), 'a.txt')
  writeFileSync(text, 'the quick brown fox jumps over the lazy dog. '.repeat(9))
  const config = resolveRunConfig({ corpus: [text], maxLength: 8, dim: 2, ...options })
  const { tokenizer, listed } = await openCorpus(config, { path })
  const { plan, planId } = identifyPlan(
    change(planRun(config, tokenizer.identity, listed.sources, undefined)),
  )
  const storage = folderStorage(path)
  await publishJson(storage, planName, planFileOf(plan))
  return readPlan(storage, planId)
}

test('a plan that says another vocabulary than its tokenizer has makes no tables', async () => {
  const path = temporaryFolder()
  const run = await publishPlan(path, {}, ({ config, tokenizer, sources }) =>
    planRun(config, { ...tokenizer, vocabSize: 2 ** 30 }, sources, undefined),
  )
  const executor = new TaskExecutor({ path, run })
  await expect(executor.execute({ kind: 'tables' }, control)).rejects.toMatchObject({
    code: 'other-tokenizer',
  })
  expect(existsSync(join(path, 'tables'))).toBe(false)
})

test('tables that no disk holds are refused before the first byte', async () => {
  const path = temporaryFolder()
  const run = await publishPlan(
    path,
    { dim: 2 ** 16, contextLength: 2 ** 20, embeddings: 'lazy' },
    (plan) => plan,
  )
  const executor = new TaskExecutor({ path, run })
  await expect(executor.execute({ kind: 'tables' }, control)).rejects.toMatchObject({ code: 'no-space' })
  expect(existsSync(join(path, 'tables'))).toBe(false)
})

test('options beyond what a plan may say are refused, in a plan too', async () => {
  for (const options of [{ dim: 2 ** 17 }, { contextLength: 2 ** 21 }, { maxLength: 2 ** 21 }])
    expect(() => resolveRunConfig({ corpus: ['a.txt'], ...options })).toThrow(/to be at most/)
  const path = temporaryFolder()
  const reading = publishPlan(path, {}, (plan) => ({ ...plan, config: { ...plan.config, dim: 2 ** 20 } }))
  await expect(reading).rejects.toMatchObject({ code: 'invalid-config' })
})
