import type { ProgressBar } from './progress-bar.ts'

/** Returns a bar on standard error; undefined where that is no terminal. Loaded only then, for the start of the program. */
export async function barOnTerminal(): Promise<ProgressBar | undefined> {
  if (!process.stderr.isTTY) return undefined
  const { createProgressBar } = await import('./progress-bar.ts')
  return createProgressBar(process.stderr)
}
