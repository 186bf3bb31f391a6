import { exitCodeOfBlame, isAbort, isSluiceError } from '@sluice/errors'
import { asFlag } from './options/flag-name.ts'
import { escapeControls } from './terminal/escape.ts'

/** What the exit code of `sluice` means; documented in the README. */
export const ExitCode = {
  done: 0,
  /** The machine failed on the way: the disk, the network, a bug. What was finished stays; the same command resumes. */
  failed: 1,
  /** The command or its input cannot be used as given. Nothing was written. */
  badInput: 2,
  /** Work of others that this needs is not done yet. */
  notReady: 3,
  /** Stopped by Ctrl-C. What was finished stays; the same command resumes. */
  interrupted: 130,
  /** The same by SIGTERM. */
  terminated: 143,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** An error that Sluice threw on purpose is one line for the user; any other is a bug, and keeps its stack. */
export function describeError(error: unknown): { readonly line: string; readonly exitCode: ExitCode } {
  if (isSluiceError(error)) {
    return { line: `sluice: ${escapeControls(error.render(asFlag))}`, exitCode: exitCodeOfBlame[error.blame] }
  }
  // Ctrl-C before a run has a plan ends whatever reads then, which knows nothing of a run.
  if (isAbort(error)) {
    return {
      line: 'sluice: stopped; give the same command again',
      exitCode: exitCodeOfBlame.caller,
    }
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const lines = `sluice: unexpected ${stack}`.split('\n').map(escapeControls)
  return { line: lines.join('\n'), exitCode: ExitCode.failed }
}

/** Turns commander's message, which may be two lines, into one: `sluice: unknown option '--strid' (did you mean --stride?)`. */
export function describeUsageError(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean/, ' (did you mean')
  return `sluice: ${escapeControls(line)}`
}
