import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '../../interop/python-environment.ts'

/** pyarrow and datasets in a process of their own, measured one call at a time between our own calls. */
export interface Reference {
  readonly versions: Readonly<Record<string, string>>
  /** Carries a request of `reference.py` out; seconds, and the bytes that were handled. */
  measure(...request: readonly unknown[]): Promise<readonly [seconds: number, byteLength: number]>
  close(): Promise<void>
}

/**
 * Starts `reference.py` with the Python of `SLUICE_BENCH_PYTHON`, or that of the interop checks; undefined where there is
 * none.
 */
export async function startReference(): Promise<Reference | undefined> {
  const python = process.env['SLUICE_BENCH_PYTHON'] ?? pythonEnvironment()
  if (python === undefined) return undefined
  const script = fileURLToPath(new URL('reference.py', import.meta.url))
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value))
  const versions = (await next()) as Reference['versions']
  return {
    versions,
    async measure(...request) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      return (await next()) as [number, number]
    },
    async close() {
      const exit = once(child, 'exit')
      child.stdin.end()
      await exit
    },
  }
}
