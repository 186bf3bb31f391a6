import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { folderStorage, openDataset, readManifest, verifyDataset } from '@sluice/dataset'
import { encodeFloat16 } from '@sluice/torch-random'
import { writeSafetensors } from '@sluice/embedding'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  recomputeWindows,
  resolveRunConfig,
  runLocally,
  type RunOptions,
  type RunProvider,
} from '../src/index.ts'
import { copyTinyModel, readIds, textOf, tinyModels } from './tiny-model.ts'

const goldens = globSync('*/*/expected.safetensors', { cwd: tinyModels }).toSorted()

/** Families with a norm or a projection, whose last bits are the provider's own. */
const inexact = /^(?:albert|bart|bert|bloom|deberta-v3|electra|mbart|modernbert|opt-projected|roberta)\//u

interface Options extends Partial<RunOptions> {
  readonly provider?: RunProvider
  readonly threads?: number
}

async function make(model: string, ids: Int32Array | readonly number[], options: Options = {}) {
  const folder = temporaryFolder()
  const corpus = join(folder, 'corpus.txt')
  writeFileSync(corpus, textOf([...ids, 0]))
  const { provider, threads = 1, ...others } = options
  const out = join(folder, 'out')
  const config = resolveRunConfig({ corpus: [corpus], model, maxLength: 7, separator: 'none', ...others })
  const { planId } = await runLocally({ config, out, threads, ...(provider && { provider }) })
  const { parts, identities } = await readManifest(folderStorage(out))
  return { folder, out, planId, parts: parts.map(({ sha256 }) => sha256), identities }
}

async function problemsOf({ folder, out }: { readonly folder: string; readonly out: string }) {
  await using dataset = await openDataset(out)
  const signal = new AbortController().signal
  await using again = await recomputeWindows(dataset, { roots: [folder], signal })
  const deep = { windows: 100, recompute: again.recompute }
  return (await verifyDataset(folderStorage(out), { deep })).problems
}

test.each(goldens)('ONNX Runtime on the processor makes the rows of %s', async (golden) => {
  const model = copyTinyModel(dirname(golden), join(temporaryFolder(), 'model'))
  const ids = readIds(join(tinyModels, golden))
  // The same corpus, or the identity would be another one.
  const kernel = await make(model, ids, { stage: 'first-block' })
  const graph = await make(model, ids, { stage: 'first-block', provider: 'cpu' })
  if (!inexact.test(golden)) {
    expect(graph.parts).toEqual(kernel.parts)
    expect(graph.identities.model).not.toHaveProperty('provider')
    return
  }
  expect(graph.planId).not.toBe(kernel.planId)
  expect(graph.identities.model).toMatchObject({ exact: false, provider: 'cpu' })
  expect(await problemsOf(graph)).toEqual([])
})

test.each(['llama-sharded/bf16', 'gemma/bf16', 'granite/f32', 'mbart/f32'])(
  'ONNX Runtime gives inputs_embeds of %s, which are exact, in any dtype',
  async (name) => {
    const model = copyTinyModel(name, join(temporaryFolder(), 'model'))
    const ids = Array.from({ length: 21 }, (_, i) => 95 - i)
    for (const dtype of ['f32', 'f16', 'bf16'] as const) {
      const kernel = await make(model, ids, { dtype, computeDtype: 'f16' })
      const graph = await make(model, ids, { dtype, computeDtype: 'f16', provider: 'cpu', threads: 2 })
      expect(graph.parts).toEqual(kernel.parts)
    }
  },
)

test('a vector that a provider computed otherwise is found beyond the tolerance', async () => {
  const model = copyTinyModel('bert/f32', join(temporaryFolder(), 'model'))
  const made = await make(
    model,
    Array.from({ length: 21 }, (_, i) => i + 6),
    { stage: 'first-block', provider: 'cpu' },
  )
  await using dataset = await openDataset(made.out)
  await using again = await recomputeWindows(dataset, {
    roots: [made.folder],
    signal: new AbortController().signal,
  })
  const { firstBlock, isCloseFirstBlock } = await again.recompute(0)
  const stored = Float32Array.from(firstBlock!)
  expect(isCloseFirstBlock!(stored)).toBe(true)
  stored.set([stored.at(3)! + 1e-6], 3)
  expect(isCloseFirstBlock!(stored)).toBe(true)
  stored.set([stored.at(3)! + 1e-4], 3)
  expect(isCloseFirstBlock!(stored)).toBe(false)
})

test('a vector that overflows float16 on ONNX Runtime is refused', async () => {
  const model = join(temporaryFolder(), 'model')
  copyTinyModel('gemma/f32', model)
  const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as Record<string, number>
  const { vocab_size: rows = 0, hidden_size: dim = 0 } = config
  const values = new Float32Array(rows * dim).fill(1)
  values[20 * dim] = 60_000
  const bits = new Uint16Array(values.length)
  encodeFloat16(values, bits)
  await writeSafetensors(join(model, 'model.safetensors'), [
    { name: 'model.embed_tokens.weight', dtype: 'F16', shape: [rows, dim], data: bits },
  ])
  const run = make(model, [9, 8, 7, 6, 9, 8, 20], { computeDtype: 'f16', provider: 'cpu' })
  await expect(run).rejects.toThrow(/does not fit in float16/u)
})
