/**
 * Input embeddings of models, against transformers itself: tiny models are drawn anew from a seed (`SLUICE_INTEROP_SEED`, by default the
 * day), and both vectors are compared with what transformers computes. A few of each table of families; with `--all` every type, and whole
 * models of pictures or sound that have one as a part; with `--only=llama,bert` these.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildModelGraph, openModel, supportedModelTypes, type FirstBlock } from '@sluice/embedding'
import { drawOnce } from '@sluice/testing'
import { readTensors } from '../test/read-tensors.ts'

const [python = 'python3', script = '', ...flags] = process.argv.slice(2)
const seed = process.env['SLUICE_INTEROP_SEED'] ?? new Date().toISOString().slice(0, 10).replaceAll('-', '')
const only = flags
  .find((flag) => flag.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',')
const types = only ?? (flags.includes('--all') ? [...supportedModelTypes(), 'wholes'] : [])
const folder = mkdtempSync(join(tmpdir(), 'sluice-models-'))
const tokens = 9
/** Checks every graph with the checker of onnx, shapes inferred. */
const checkGraphs = `
import glob, sys, onnx
graphs = sorted(glob.glob(sys.argv[1] + "/*/*.onnx"))
for path in graphs:
    onnx.checker.check_model(path, full_check=True)
print(f"models: {len(graphs)} graphs pass the checker of onnx {onnx.__version__}")
`
try {
  drawOnce({ python, script, words: [seed, ...types] }, folder)
  const goldens = globSync('*/expected-*.safetensors', { cwd: folder }).toSorted()
  const failures: string[] = []
  for (const golden of goldens) {
    const why = await compare(golden).catch((error: unknown) => String(error))
    if (why !== undefined) failures.push(`${golden}: ${why}`)
  }
  const unequal = failures.length
  const checked = spawnSync(python, ['-c', checkGraphs, folder], { stdio: 'inherit' })
  if (checked.status !== 0) failures.push('a graph did not pass the checker of onnx')
  const {
    transformers,
    made,
    differing,
    left_out: leftOut,
  } = JSON.parse(readFileSync(join(folder, 'made.json'), 'utf8')) as {
    readonly transformers: string
    readonly made: readonly string[]
    readonly differing: Readonly<Record<string, string>>
    readonly left_out: Readonly<Record<string, string>>
  }
  failures.push(...Object.entries(differing).map(([what, why]) => `${what}: in transformers ${why}`))
  for (const failure of failures) console.error(failure)
  for (const [what, why] of Object.entries(leftOut)) console.log(`left out ${what}: ${why.split('\n', 1)[0]}`)
  console.log(
    `models: ${goldens.length - unequal} of ${goldens.length} runs of ${new Set(made.map((run) => run.split(' ')[0])).size} model types equal to transformers ${transformers}, seed ${seed}`,
  )
  const fewest = only ? only.length : types.length > 0 ? 300 : 40
  process.exitCode = failures.length === 0 && goldens.length >= fewest ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Returns what differs, or nothing. */
async function compare(golden: string): Promise<string | undefined> {
  const expected = await readTensors(join(folder, golden))
  const { dtype, values: wantedBlock } = expected.get('first_block')!
  const model = await openModel(join(folder, dirname(golden)), { computeDtype: dtype })
  try {
    const ids = Int32Array.from(expected.get('input_ids')!.values)
    const attentionMask = Uint8Array.from(expected.get('attention_mask')!.values)
    const embeds = model.inputsEmbeds(ids)
    const wantedEmbeds = expected.get('inputs_embeds')!.values
    if (!isEqual(embeds, wantedEmbeds)) return 'inputs_embeds differ'
    const directory = join(folder, dirname(golden))
    for (const stage of ['inputs-embeds', 'first-block'] as const) {
      const graph = buildModelGraph(model, { stage, folder: directory })
      writeFileSync(join(directory, `${dtype}-${stage}.onnx`), graph)
    }
    const firstBlock = await model.loadFirstBlock()
    const got = firstBlock.compute(embeds, { ids, length: tokens, attentionMask })
    return compareBlock(got, wantedBlock, { dtype, firstBlock })
  } finally {
    model.close()
  }
}

function compareBlock(
  got: Float32Array,
  want: Float32Array,
  { dtype, firstBlock }: { readonly dtype: 'f32' | 'f16' | 'bf16'; readonly firstBlock: FirstBlock },
): string | undefined {
  if (firstBlock.isExact) return isEqual(got, want) ? undefined : 'first_block differs'
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0)
  const limit = { f32: 4e-6 * Math.max(1, largest), bf16: 2 ** -7 * largest, f16: 2 ** -10 * largest }[dtype]
  return worst <= limit ? undefined : `first_block is ${worst} away, expected at most ${limit}`
}

function isEqual(got: Float32Array, want: Float32Array): boolean {
  return got.length === want.length && got.every((value, i) => Object.is(value, want[i]) || value === want[i])
}
