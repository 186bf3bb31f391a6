import { spawn, type StdioOptions } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

/** A check that is over. */
export interface Ended {
  /** Its exit code; null where a signal ended it, or nothing could be started. */
  readonly status: number | null
  readonly seconds: number
}

/** Makes a check; what it prints is seen as it comes. */
export function runCheck(command: readonly string[]): Promise<Ended> {
  return run(command, 'inherit')
}

/** Makes a check beside others; what it prints is printed when `print` is called. */
export async function runBeside(command: readonly string[]): Promise<Ended & { readonly print: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-check-'))
  const output = join(folder, 'output')
  const file = openSync(output, 'a')
  const ended = await run(command, ['ignore', file, file])
  closeSync(file)
  const print = (): void => {
    process.stdout.write(readFileSync(output))
    rmSync(folder, { recursive: true })
  }
  return { ...ended, print }
}

async function run([program = '', ...words]: readonly string[], stdio: StdioOptions): Promise<Ended> {
  const started = performance.now()
  const { promise, resolve } = Promise.withResolvers<number | null>()
  const child = spawn(program, words, { stdio, shell: process.platform === 'win32' })
  child.on('error', (error) => {
    console.error(error.message)
    resolve(null)
  })
  child.on('exit', resolve)
  const status = await promise
  return { status, seconds: (performance.now() - started) / 1000 }
}
