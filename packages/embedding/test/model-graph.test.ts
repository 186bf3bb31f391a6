import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, it, onTestFinished } from 'vitest'
import { buildModelGraph, openModel } from '@sluice/embedding'
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

  const feeds: Record<string, Tensor> = {
    input_ids: new Tensor('int32', ids, [3, 7]),
    attention_mask: new Tensor('int32', Int32Array.from(attentionMask), [3, 7]),
  }
  for (const [n, rows] of firstBlock.rowsOf(windows).entries())
    feeds[`rows_${n}`] = new Tensor('int32', rows, [3, 7])
  const run = async (stage: 'inputs-embeds' | 'first-block', name: string): Promise<Float32Array> => {
    const session = await InferenceSession.create(buildModelGraph(model, { stage, folder: directory }), {
      logSeverityLevel: 3,
      extra: { session: { model_external_initializers_file_folder_path: directory } },
    })
    onTestFinished(() => session.release())
    const wanted = Object.fromEntries(session.inputNames.map((input) => [input, feeds[input]!]))
    return (await session.run(wanted))[name]!.data as Float32Array
  }

  expect(await run('inputs-embeds', 'inputs_embeds')).toEqual(expected.get('inputs_embeds')!.values)
  const got = await run('first-block', 'first_block')
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
