/**
 * Reads what Sluice writes with the readers its users have, in Python, from a virtual environment made here.
 * Each `interop/AREA.ts` of a package or program writes files and starts the `AREA.py` beside it on them.
 * `--all` has an area do all that it otherwise draws a few of, `--only=A,B` those. Exit code 77: Python 3 is not on this machine (an error under CI=true).
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '@sluice/testing'
import { startPythonHost } from './python-host.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
// A Python file without a program beside it is a module of another one.
const scripts = new Map(
  globSync('{packages,apps}/*/interop/*.ts', { cwd: root }).map((file) => [
    basename(file, '.ts'),
    join(root, file.replace(/\.ts$/, '.py')),
  ]),
)
const areas = [...scripts.keys()].toSorted()
const flags = process.argv.slice(2).filter((word) => word.startsWith('--'))
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const chosen = wanted.length === 0 ? areas : areas.filter((area) => wanted.includes(area))
if (chosen.length === 0) {
  console.error(`Unknown area ${wanted.join(', ')}: expected ${areas.join(', ')}`)
  process.exit(2)
}

// These readers would tell their makers that they are used.
Object.assign(process.env, { ORT_DISABLE_TELEMETRY: '1', HF_HUB_OFFLINE: '1', HF_HUB_DISABLE_TELEMETRY: '1' })
const python = pythonEnvironment()
if (python === undefined) {
  console.error('interop: Python 3 is not on this machine; install python3 with venv to run these checks')
  process.exit(77)
}

using host = startPythonHost(python)
let failed = 0
for (const area of chosen) {
  console.log(`interop: ${area}`)
  const script = scripts.get(area)!
  const program = script.replace(/\.py$/, '.ts')
  const started = performance.now()
  const { status } = spawnSync(
    process.execPath,
    ['--conditions=@sluice/source', program, host.python, script, ...flags],
    { stdio: 'inherit' },
  )
  if (status !== 0) failed += 1
  const seconds = (performance.now() - started) / 1000
  console.log(`interop: ${area} ${status === 0 ? 'passed' : 'failed'} (${seconds.toFixed(1)} s)`)
}
console.log(`interop: ${chosen.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
