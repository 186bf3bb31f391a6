import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '../../interop/python-environment.ts'

/** PyTorch and Python's onnxruntime in a process of their own, measured one call at a time, between our own calls. */
export interface Reference {
  readonly names: readonly string[]
  /** Seconds of processor time of one call. */
  measure(name: string): Promise<number>
  close(): Promise<void>
}

/**
 * Starts `script` with the Python of `SLUICE_BENCH_PYTHON` (one that has torch), or that of the interop checks; undefined
 * where there is none.
 *
 * @param keepMemory - What a call frees is kept for the next one. By default it goes back to the system, and eager PyTorch, which makes
 * two results anew each time, mostly waits for pages.
 */
export async function startReference(
  args: readonly (string | number)[],
  keepMemory = false,
  script: URL = new URL('reference.py', import.meta.url),
): Promise<Reference | undefined> {
  const python = process.env['SLUICE_BENCH_PYTHON'] ?? pythonEnvironment()
  if (python === undefined) return undefined
  const env = keepMemory
    ? { ...process.env, MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TRIM_THRESHOLD_: '8589934592' }
    : process.env
  const child = spawn(python, [fileURLToPath(script), ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value))
  const names = (await next()) as string[]
  return {
    names,
    async measure(name) {
      child.stdin.write(`${name}\n`)
      return (await next()) as number
    },
    async close() {
      const exit = once(child, 'exit')
      child.stdin.end()
      await exit
    },
  }
}
