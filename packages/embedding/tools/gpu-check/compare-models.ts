import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openModel, openModelRunner, type EmbeddingStage, type Provider } from '@sluice/embedding'
import { readTensors } from '../../test/read-tensors.ts'
import type { Comparison } from './result.ts'

/** Tokens of each window in the committed models. */
const length = 7

/** Runs the graph of every committed model in both stages and all its dtypes, and compares with what transformers computed. */
export async function compareModels(provider: Provider, folder: string): Promise<Comparison[]> {
  const compared: Comparison[] = []
  if (provider === 'wasm') return compared
  for (const golden of globSync('*/*/expected*.safetensors', { cwd: folder }).toSorted()) {
    const expected = await readTensors(join(folder, golden))
    const { dtype } = expected.get('first_block')!
    const model = await openModel(join(folder, dirname(golden)), { computeDtype: dtype })
    const ids = Int32Array.from(expected.get('input_ids')!.values)
    const attentionMask = Uint8Array.from(expected.get('attention_mask')!.values)
    const isExact = (await model.loadFirstBlock()).isExact
    for (const stage of ['inputs-embeds', 'first-block'] as const satisfies readonly EmbeddingStage[]) {
      const what = `${dirname(golden)} in ${dtype}, ${stage}`
      const want = expected.get(stage === 'first-block' ? 'first_block' : 'inputs_embeds')!.values
      try {
        const runner = await openModelRunner(model, { stage, provider })
        const vectors = {
          inputsEmbeds: new Float32Array(ids.length * model.embeddingDim),
          ...(runner.firstBlockWidth !== undefined && {
            firstBlock: new Float32Array(ids.length * runner.firstBlockWidth),
          }),
        }
        await runner.run({ ids, length, attentionMask }, vectors)
        const got = vectors.firstBlock ?? vectors.inputsEmbeds
        await runner.close()
        compared.push({ what, ...judge(got, want, stage === 'inputs-embeds' || isExact ? undefined : dtype) })
      } catch (error) {
        const note = error instanceof Error ? error.message : String(error)
        compared.push({ what, outcome: 'does not run', note })
      }
    }
    model.close()
  }
  return compared
}

/** The tolerance of norms and projections: torch's own results differ between builds. */
function judge(
  got: Float32Array,
  want: Float32Array,
  tolerant: 'f32' | 'f16' | 'bf16' | undefined,
): Pick<Comparison, 'outcome' | 'note'> {
  const [a, b] = [new Int32Array(got.buffer), new Int32Array(want.buffer)]
  if (a.length === b.length && a.every((word, i) => word === b[i])) return { outcome: 'same bits' }
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0)
  const equal = a.reduce((count, word, i) => count + (word === b[i] ? 1 : 0), 0)
  const note = `${((100 * equal) / a.length).toFixed(1)} % equal, off by at most ${worst.toExponential(1)}`
  if (tolerant === undefined) return { outcome: 'DIFFERENT', note }
  const allowed = { f32: 4e-6 * Math.max(1, largest), bf16: 2 ** -7 * largest, f16: 2 ** -10 * largest }[
    tolerant
  ]
  return { outcome: worst <= allowed ? 'within tolerance' : 'DIFFERENT', note }
}
