import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
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
  return start(command, 'inherit').ended
}

/** A check that was begun beside others. */
export interface Beside {
  /** Ends its input, for which a check that is held waits. */
  readonly letGo: () => void
  /** What it printed is printed when `print` is called. */
  readonly ended: Promise<Ended & { readonly print: () => void }>
}

/** Makes a check beside others. */
export function runBeside(command: readonly string[]): Beside {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-check-'))
  const output = join(folder, 'output')
  const file = openSync(output, 'a')
  const { child, ended } = start(command, ['pipe', file, file])
  // Whoever is over reads no more.
  child.stdin?.on('error', () => {})
  const print = (): void => {
    process.stdout.write(readFileSync(output))
    rmSync(folder, { recursive: true })
  }
  return {
    letGo: () => child.stdin?.end(),
    ended: ended.then((how) => {
      closeSync(file)
      return { ...how, print }
    }),
  }
}

function start(
  [program = '', ...words]: readonly string[],
  stdio: StdioOptions,
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const started = performance.now()
  const { promise, resolve } = Promise.withResolvers<number | null>()
  const child = spawn(program, words, { stdio, shell: process.platform === 'win32' })
  child.on('error', (error) => {
    console.error(error.message)
    resolve(null)
  })
  child.on('exit', resolve)
  const ended = promise.then((status) => ({ status, seconds: (performance.now() - started) / 1000 }))
  return { child, ended }
}
