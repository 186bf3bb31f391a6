/**
 * Tables of positions inside attention, as `sluice run` writes them for `--position-encoding` and for models, against what
 * transformers computes: `node tools/interop/main.ts positions`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveRunConfig, runLocally, type RunOptions } from '@sluice/pipeline'

const [python = 'python3', script = ''] = process.argv.slice(2)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-positions-'))

const runs: Readonly<Record<string, Partial<RunOptions>>> = {
  rotary: { positionEncoding: 'rotary', heads: 4 },
  'rotary-base': { positionEncoding: 'rotary', heads: 2, positionBase: 500_000 },
  alibi: { positionEncoding: 'alibi', heads: 8 },
  'alibi-12': { positionEncoding: 'alibi', heads: 12 },
  t5: { positionEncoding: 't5', heads: 4 },
  'transformer-xl': { positionEncoding: 'transformer-xl' },
  relative_key: { positionEncoding: 'relative_key', heads: 4 },
  relative_key_query: { positionEncoding: 'relative_key_query', heads: 4 },
}

/** A tokenizer whose token `t7` has the id 7. */
const vocab = Object.fromEntries(Array.from({ length: 64 }, (_, id) => [`t${id}`, id]))
const tokenizer = JSON.stringify({
  ...{ version: '1.0', added_tokens: [], normalizer: null, post_processor: null, decoder: null },
  pre_tokenizer: { type: 'WhitespaceSplit' },
  model: {
    ...{ type: 'WordPiece', unk_token: 't0', continuing_subword_prefix: '##', vocab },
    max_input_chars_per_word: 100,
  },
})

try {
  const corpus = [join(root, 'examples/the-verdict.txt')]
  for (const [name, options] of Object.entries(runs)) {
    const config = resolveRunConfig({
      corpus,
      maxLength: 32,
      contextLength: 96,
      dim: 48,
      embeddings: 'lazy',
      ...options,
    })
    await runLocally({ config, out: join(folder, name), threads: 1 })
  }
  writeFileSync(join(folder, 'runs.json'), JSON.stringify(Object.keys(runs)))
  if (spawnSync(python, ['-W', 'ignore', script, 'draw', folder], { stdio: 'inherit' }).status !== 0)
    throw new Error('positions.py draw failed')
  const words = join(folder, 'words.txt')
  writeFileSync(words, Array.from({ length: 60 }, (_, at) => `t${at}`).join(' '))
  const models = readdirSync(join(folder, 'models'))
  for (const name of models) {
    const model = join(folder, 'models', name)
    writeFileSync(join(model, 'tokenizer.json'), tokenizer)
    const config = resolveRunConfig({
      corpus: [words],
      model,
      maxLength: 12,
      separatorId: '0',
      embeddings: 'lazy',
    })
    await runLocally({ config, out: join(model, 'out'), threads: 1 })
  }
  const reader = join(root, 'packages/dataloader/python')
  process.exitCode =
    spawnSync(python, ['-W', 'ignore', script, 'check', folder, reader], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
