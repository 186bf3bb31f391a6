import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Measurement } from './measurement.ts'

const execute = promisify(execFile)
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The Python that has the native tokenizers. */
export const python: string = process.env['SLUICE_BENCH_PYTHON'] ?? 'python3'

let isBuilt = false

/** Builds the package once: what is measured is what people install. Of its sources Node's type stripping would compile beside the first pass. */
function buildPackage(): void {
  if (isBuilt) return
  const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
  execFileSync(process.execPath, [tsc, '-b', script('..')], { stdio: 'inherit' })
  isBuilt = true
}

/** What a program beside this one, in TypeScript, prints: measurements as JSON. It imports the built package. */
export async function runScript(name: string, args: readonly string[]): Promise<unknown> {
  buildPackage()
  const flags = ['--disable-warning=ExperimentalWarning']
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
