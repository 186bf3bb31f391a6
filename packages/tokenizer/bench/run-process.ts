import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Measurement } from './measurement.ts'

const execute = promisify(execFile)
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The Python that has the native tokenizers. */
export const python: string = process.env['SLUICE_BENCH_PYTHON'] ?? 'python3'

/** What a program beside this one, in TypeScript, prints: measurements as JSON. */
export async function runScript(name: string, args: readonly string[]): Promise<unknown> {
  const flags = ['--conditions=@sluice/source', '--disable-warning=ExperimentalWarning']
  const { stdout } = await execute(process.execPath, [...flags, script(name), ...args])
  return JSON.parse(stdout)
}

/** What a program beside this one, in Python, prints; it works on one thread. */
export async function runPython(name: string, args: readonly string[]): Promise<Measurement> {
  const env = { ...process.env, TOKENIZERS_PARALLELISM: 'false', RAYON_NUM_THREADS: '1' }
  const { stdout } = await execute(python, [script(name), ...args], { env })
  return JSON.parse(stdout) as Measurement
}

export function pythonHas(...modules: readonly string[]): boolean {
  try {
    execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
