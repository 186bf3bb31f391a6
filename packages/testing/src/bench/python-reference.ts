import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { benchPython } from './bench-python.ts'

/** A Python program in a process of its own, which answers one line at a time between our own measurements. */
export interface PythonReference {
  /** The JSON value of the first line it wrote: what it can do, or its versions. */
  readonly greeting: unknown
  /** Sends one line; returns the JSON value of the line that answers it. */
  ask(line: string): Promise<unknown>
  close(): Promise<void>
}

/**
 * Starts `script` with the Python of `SLUICE_BENCH_PYTHON`, or that of the interop checks; `undefined` where there is none.
 *
 * @param environment - variables beside those of this process
 */
export async function startPythonReference(
  script: URL,
  args: readonly (string | number)[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<PythonReference | undefined> {
  const python = benchPython()
  if (python === undefined) return undefined
  const child = spawn(python, [fileURLToPath(script), ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value))
  return {
    greeting: await next(),
    async ask(line) {
      child.stdin.write(`${line}\n`)
      return next()
    },
    async close() {
      const exit = once(child, 'exit')
      child.stdin.end()
      await exit
    },
  }
}
