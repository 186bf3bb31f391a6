import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyRepair, folderStorage, planRepair, verifyDataset } from '@sluice/dataset'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally, type RunOptions } from '../src/index.ts'
import { copyTinyModel, textOf } from './tiny-model.ts'

const text = textOf(Array.from({ length: 22 }, (_, i) => (i * 37 + 11) % 96))

test.each<{ readonly kind: string; readonly options: Partial<RunOptions>; readonly hasModel: boolean }>([
  { kind: 'full, of a model', options: {}, hasModel: true },
  { kind: 'lazy, of a model', options: { embeddings: 'lazy' }, hasModel: true },
  { kind: 'pruned, of a model', options: { embeddings: 'lazy', prune: true }, hasModel: true },
  { kind: 'drawn', options: { dim: 8 }, hasModel: false },
])(
  'tables that are damaged or missing ($kind) are withdrawn by a repair and made again by the same run',
  async ({ options, hasModel }) => {
    const folder = temporaryFolder()
    const corpus = join(folder, 'corpus.txt')
    writeFileSync(corpus, text)
    const out = join(folder, 'out')
    const model = hasModel ? { model: copyTinyModel('llama-tied/f32', join(folder, 'model')) } : {}
    const config = resolveRunConfig({ corpus: [corpus], maxLength: 7, ...model, ...options })
    const run = (): Promise<unknown> => runLocally({ config, out, threads: 1 })
    await run()
    const storage = folderStorage(out)
    const tables = join(out, 'tables')
    const snapshot = (): unknown =>
      readdirSync(tables).map((name) => [name, readFileSync(join(tables, name), 'base64')])
    const before = snapshot()
    const names = readdirSync(tables).filter((name) => name !== 'tables.json')
    expect(names.length).toBeGreaterThan(1)
    for (const name of names) {
      const path = join(tables, name)
      const bytes = readFileSync(path)
      bytes[bytes.length - 1]! ^= 1
      writeFileSync(path, bytes)
      const file = `tables/${name}`
      expect(await planRepair(storage)).toMatchObject({ actions: [], unrepaired: [{ file }] })
      const plan = await planRepair(storage, { reopen: true })
      expect(plan.unrepaired).toEqual([])
      await applyRepair(storage, plan)
      await run()
      expect((await verifyDataset(storage)).problems).toEqual([])
      expect(snapshot()).toEqual(before)

      // Nor is a manifest made anew over tables that are not there.
      rmSync(path)
      rmSync(join(out, 'manifest.json'))
      await expect(planRepair(storage)).rejects.toThrow(`${file} is missing; run the plan again to make it`)
      await run()
      expect(snapshot()).toEqual(before)
    }
  },
)
