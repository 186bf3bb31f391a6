import { chmod, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Check } from './check.ts'

/** What came of a check. */
export interface Outcome {
  readonly check: Check
  readonly seconds: number
  readonly error: Error | undefined
}

/** How checks are made. */
export interface RunChecksOptions {
  readonly bench: Omit<Bench, 'note'>
  readonly atATime: number
  /** No further check is begun once it fires. */
  readonly signal: AbortSignal
}

/** Makes checks, some at a time, and prints a line for each as it ends, with its time and its notes. */
export async function runChecks(checks: readonly Check[], options: RunChecksOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = [...checks]
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      options.signal.throwIfAborted()
      outcomes.push(await runCheck(check, options.bench))
    }
  }
  await Promise.all(Array.from({ length: options.atATime }, worker))
  return outcomes
}

/**
 * Makes a check. One that fails is made once more, and its first failure is told: on a busy machine a run can be over before the fault
 * that should meet it.
 */
async function runCheck(check: Check, bench: Omit<Bench, 'note'>): Promise<Outcome> {
  const started = performance.now()
  const notes: string[] = []
  const attempt = async (): Promise<Error | undefined> => {
    const scratch = await mkdtemp(join(bench.scratch, 'check-'))
    await chmod(scratch, 0o755)
    return check.run({ ...bench, scratch, note: (line) => notes.push(line) }).then(
      () => undefined,
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    )
  }
  const first = await attempt()
  if (first !== undefined) notes.push(`failed at first: ${first.message.split('\n').join('\n      ')}`)
  const error = first === undefined ? undefined : await attempt()
  const seconds = (performance.now() - started) / 1000
  const lines = [`${error === undefined ? '✓' : '✗'} ${check.name} (${seconds.toFixed(1)} s)`]
  lines.push(...notes.map((note) => `    ${note}`))
  if (error !== undefined) lines.push(...error.message.split('\n').map((line) => `    ${line}`))
  console.log(lines.join('\n'))
  return { check, seconds, error }
}
