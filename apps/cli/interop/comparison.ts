/** The cells of `docs/comparison.md` about Hugging Face datasets, tried: `node tools/interop/main.ts comparison`. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [python = 'python3', script = ''] = process.argv.slice(2)
const work = mkdtempSync(join(tmpdir(), 'sluice-comparison-'))
try {
  const env = { ...process.env, HF_HOME: work, HF_DATASETS_OFFLINE: '1' }
  process.exitCode = spawnSync(python, [script, work], { stdio: 'inherit', env }).status ?? 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
