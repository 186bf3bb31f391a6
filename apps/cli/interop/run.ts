/** What `sluice run` writes, opened with pyarrow: `node tools/interop/main.ts run`. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [python = 'python3', script = ''] = process.argv.slice(2)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-interop-'))
try {
  const sluice = ['--conditions=@sluice/source', join(root, 'apps/cli/src/main.ts')]
  const run = [
    'run',
    join(root, 'examples/the-verdict.txt'),
    '--out',
    join(folder, 'verdict'),
    '--max-length',
    '4',
    '--quiet',
  ]
  const written = spawnSync(process.execPath, [...sluice, ...run], { stdio: 'inherit' })
  const read =
    written.status === 0 &&
    spawnSync(python, [script, join(folder, 'verdict')], { stdio: 'inherit' }).status === 0
  process.exitCode = read ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
