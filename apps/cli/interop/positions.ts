/**
 * Tables of positions inside attention, as `sluice run --position-encoding` writes them, against what transformers computes:
 * `node tools/interop/main.ts positions`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
  const reader = join(root, 'packages/dataloader/python')
  process.exitCode =
    spawnSync(python, ['-W', 'ignore', script, folder, reader], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
