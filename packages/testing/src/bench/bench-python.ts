import { spawnSync } from 'node:child_process'
import { pythonEnvironment } from '../python/python-environment.ts'

/**
 * The Python of `SLUICE_BENCH_PYTHON`, or that of the interop checks; `undefined` where there is none.
 *
 * @param modules - what it must have
 * @throws Error that names what it lacks, before anything is measured
 */
export function benchPython(...modules: readonly string[]): string | undefined {
  const python = process.env['SLUICE_BENCH_PYTHON'] ?? pythonEnvironment()
  if (python === undefined) return undefined
  const code =
    'import importlib.util, sys; print(*[name for name in sys.argv[1:] if importlib.util.find_spec(name) is None])'
  const { stdout, error } = spawnSync(python, ['-c', code, ...modules], { encoding: 'utf8' })
  if (error !== undefined)
    throw new Error(`Expected a Python at ${python} (SLUICE_BENCH_PYTHON): ${error.message}`)
  const lacking = stdout.trim().replaceAll(' ', ', ')
  if (lacking !== '')
    throw new Error(`Expected ${python} to have ${lacking}: set SLUICE_BENCH_PYTHON to one that has`)
  return python
}
