/**
 * Reads what Sluice writes with the readers its users have, in Python, from a virtual environment made here.
 * Each `tools/interop/<area>.ts` writes files and starts `<area>.py` on them.
 * Exit code 77: Python 3 is not on this machine (an error under CI=true).
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from './python-environment.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const areas = globSync('*.py', { cwd: here })
  .map((file) => basename(file, '.py'))
  .toSorted()
const wanted = process.argv.slice(2)
const chosen = wanted.length === 0 ? areas : areas.filter((area) => wanted.includes(area))
if (chosen.length === 0) {
  console.error(`Unknown area ${wanted.join(', ')}: expected ${areas.join(', ')}`)
  process.exit(2)
}

const python = pythonEnvironment()
if (python === undefined) {
  console.error('interop: Python 3 is not on this machine; install python3 with venv to run these checks')
  process.exit(77)
}

let failed = 0
for (const area of chosen) {
  console.log(`interop: ${area}`)
  const { status } = spawnSync(
    process.execPath,
    ['--conditions=@sluice/source', `${here}${area}.ts`, python, `${here}${area}.py`],
    { stdio: 'inherit' },
  )
  if (status !== 0) failed += 1
}
console.log(`interop: ${chosen.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
