import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { openModel, openModelRunner, type EmbeddingStage } from '@sluice/embedding'
import { encodeValues } from '../src/dtype.ts'
import { readTensors } from './read-tensors.ts'

const folder = fileURLToPath(new URL('fixtures/models/', import.meta.url))
const goldens = globSync('*/*/expected*.safetensors', { cwd: folder }).toSorted()

it.each(goldens)('the ONNX graphs of %s give both vectors', async (golden) => {
  const expected = await readTensors(folder + golden)
  const { dtype } = expected.get('first_block')!
  const directory = folder + dirname(golden)
  const model = await openModel(directory, { computeDtype: dtype })
  onTestFinished(() => model.close())
  const ids = Int32Array.from(expected.get('input_ids')!.values)
  const attentionMask = Uint8Array.from(expected.get('attention_mask')!.values)
  const windows = { ids, length: 7, attentionMask }
  const firstBlock = await model.loadFirstBlock()

  const run = async (stage: EmbeddingStage): Promise<Float32Array> => {
    const runner = await openModelRunner(model, { stage })
    onTestFinished(() => runner.close())
    const inputsEmbeds = new Float32Array(ids.length * model.embeddingDim).fill(NaN)
    if (stage === 'inputs-embeds') {
      await runner.run(windows, { inputsEmbeds })
      return inputsEmbeds
    }
    const block = new Float32Array(ids.length * firstBlock.width)
    await runner.run(windows, { inputsEmbeds, firstBlock: block })
    expect(inputsEmbeds).toEqual(expected.get('inputs_embeds')!.values)
    if (dtype === 'f32') return block
    // One window at a time, into the bits of a half format that lie at an odd place.
    const few = await openModelRunner(model, { stage, runBytes: 1 })
    onTestFinished(() => few.close())
    const bits = new Uint16Array(1 + ids.length * model.embeddingDim).subarray(1)
    const blockBits = new Uint16Array(block.length)
    await few.run(windows, { inputsEmbeds: bits, firstBlock: blockBits })
    expect(encodeValues(inputsEmbeds, dtype)).toEqual(bits)
    expect(encodeValues(block, dtype)).toEqual(blockBits)
    return block
  }

  expect(await run('inputs-embeds')).toEqual(expected.get('inputs_embeds')!.values)
  const got = await run('first-block')
  const want = expected.get('first_block')!.values
  if (firstBlock.isExact) {
    expect(got).toEqual(want)
    return
  }
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0)
  const unit = { f32: 4e-6 * Math.max(1, 1 / largest), bf16: 2 ** -7, f16: 2 ** -10 }[dtype]
  expect(got.length).toBe(want.length)
  expect(worst).toBeLessThanOrEqual(unit * largest)
})
