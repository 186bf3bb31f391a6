/**
 * What `sluice run --model` writes, against transformers itself: tiny models are drawn anew from a seed (`SLUICE_INTEROP_SEED`, by default
 * the day), run in both stages and three dtypes, full and lazy, and read with the Python reader:
 * `node tools/interop/main.ts model-run`. A few of each table of families; with `--all` every type, with `--only=llama,bert` these.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { supportedModelTypes } from '@sluice/embedding'
import { resolveRunConfig, runLocally } from '@sluice/pipeline'
import { drawOnce } from '@sluice/testing'

const [python = 'python3', script = '', ...flags] = process.argv.slice(2)
const only = flags
  .find((flag) => flag.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',')
const types = only ?? (flags.includes('--all') ? supportedModelTypes() : [])
const root = fileURLToPath(new URL('../../..', import.meta.url))
const seed = process.env['SLUICE_INTEROP_SEED'] ?? new Date().toISOString().slice(0, 10).replaceAll('-', '')
const folder = mkdtempSync(join(tmpdir(), 'sluice-model-run-'))

const dtypes = ['f32', 'bf16', 'f16'] as const

/** Ids of a window in the models that are drawn. */
const maxLength = 9

/** A tokenizer whose token `t7` has the id 7. */
function tokenizerOf(vocabSize: number): string {
  const vocab = Object.fromEntries(Array.from({ length: vocabSize }, (_, id) => [`t${id}`, id]))
  const model = { type: 'WordPiece', unk_token: 't0', continuing_subword_prefix: '##', vocab }
  return JSON.stringify({
    ...{ version: '1.0', added_tokens: [], normalizer: null, post_processor: null, decoder: null },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    model: { ...model, max_input_chars_per_word: 100 },
  })
}

/** The `input_ids` of a file of transformers' results, by the file's layout. */
function readIds(path: string): number[] {
  const file = readFileSync(path)
  const start = 8 + Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.toString('utf8', 8, start)) as {
    readonly input_ids: { readonly data_offsets: readonly [number, number] }
  }
  const [first, end] = header.input_ids.data_offsets
  const bytes = Uint8Array.from(file.subarray(start + first, start + end))
  return Array.from(new BigInt64Array(bytes.buffer), Number)
}

try {
  const draw = join(root, 'packages/embedding/interop/models.py')
  drawOnce({ python, script: draw, words: [seed, ...types] }, folder)
  for (const golden of globSync('*/expected-*.safetensors', { cwd: folder }).toSorted()) {
    const model = join(folder, golden.split('/')[0]!)
    const computeDtype = dtypes.find((dtype) => golden.endsWith(`-${dtype}.safetensors`))!
    const ids = readIds(join(folder, golden))
    const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as Record<string, number>
    // Some tables have rows behind the vocabulary, which stand for pictures.
    const vocabSize = Math.max(config['vocab_size']!, ...ids.map((id) => id + 1))
    writeFileSync(join(model, 'tokenizer.json'), tokenizerOf(vocabSize))
    writeFileSync(join(model, 'tokenizer_config.json'), '{"eos_token": "t2"}')
    const corpus = join(model, 'corpus.txt')
    // One id more is the last target.
    writeFileSync(corpus, [...ids, 3].map((id) => `t${id}`).join(' '))
    const shared = { corpus: [corpus], model, maxLength, separator: 'none', computeDtype } as const
    const out = join(model, `out-${computeDtype}`)
    await runLocally({ config: resolveRunConfig({ ...shared, stage: 'first-block' }), out, threads: 1 })
    const lazy = resolveRunConfig({ ...shared, embeddings: 'lazy' })
    await runLocally({ config: lazy, out: `${out}-lazy`, threads: 1 })
  }
  const fewest = String(only?.length ?? 40)
  const reader = join(root, 'packages/dataloader/python')
  const { status } = spawnSync(python, ['-W', 'ignore', script, folder, reader, fewest], { stdio: 'inherit' })
  const { differing } = JSON.parse(readFileSync(join(folder, 'made.json'), 'utf8')) as {
    readonly differing: Readonly<Record<string, string>>
  }
  for (const [what, why] of Object.entries(differing)) console.error(`${what}: in transformers ${why}`)
  process.exitCode = status === 0 && Object.keys(differing).length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
