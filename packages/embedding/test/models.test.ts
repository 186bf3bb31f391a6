import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openModel, type ModelEmbedding } from '@sluice/embedding'
import { readTensors } from './read-tensors.ts'

const folder = fileURLToPath(new URL('fixtures/models/', import.meta.url))
const goldens = globSync('*/*/expected*.safetensors', { cwd: folder }).toSorted()

async function open(directory: string, computeDtype: 'f32' | 'f16' | 'bf16'): Promise<ModelEmbedding> {
  const model = await openModel(directory, { computeDtype })
  onTestFinished(() => model.close())
  return model
}

describe('embeddings of the tiny models of transformers 5.18.0', () => {
  it.each(goldens)('computes both vectors of %s', async (golden) => {
    const expected = await readTensors(folder + golden)
    const { dtype, values: want } = expected.get('first_block')!
    const model = await open(folder + dirname(golden), dtype)
    const ids = Int32Array.from(expected.get('input_ids')!.values)
    const attentionMask = Uint8Array.from(expected.get('attention_mask')!.values)
    const embeds = model.inputsEmbeds(ids)
    expect(embeds).toEqual(expected.get('inputs_embeds')!.values)

    const firstBlock = await model.loadFirstBlock()
    const got = firstBlock.compute(embeds, { ids, length: 7, attentionMask })
    if (firstBlock.isExact) {
      expect(got).toEqual(want)
      return
    }
    // torch's own norms and products differ between builds in the last bits.
    const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0)
    const equal = got.filter((value, i) => value === want[i]).length / want.length
    expect(got.length).toBe(want.length)
    if (dtype === 'f32') expect(worst).toBeLessThanOrEqual(4e-6 * Math.max(1, largest))
    else {
      expect(equal).toBeGreaterThanOrEqual(0.98)
      expect(worst).toBeLessThanOrEqual((dtype === 'bf16' ? 2 ** -7 : 2 ** -10) * largest)
    }
  })

  it('covers every case in both stages and four dtypes', () => {
    expect(goldens.length).toBe(104)
  })
})
