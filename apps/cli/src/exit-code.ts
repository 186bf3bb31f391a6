import { isSluiceError, type Blame, type OptionMention } from '@sluice/errors'

/** What the exit code of `sluice` means; documented in the README. */
export const ExitCode = {
  done: 0,
  /** The machine failed on the way: the disk, the network, a bug. What was finished stays; the same command resumes. */
  failed: 1,
  /** The command or its input cannot be used as given. Nothing was written. */
  badInput: 2,
  /** Stopped by Ctrl-C or SIGTERM. What was finished stays; the same command resumes. */
  interrupted: 130,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

const exitCodeOfBlame: Readonly<Record<Blame, ExitCode>> = {
  input: ExitCode.badInput,
  machine: ExitCode.failed,
  caller: ExitCode.interrupted,
}

/** An error that Sluice threw on purpose is one line for the user; any other is a bug, and keeps its stack. */
export function describeError(error: unknown): { readonly line: string; readonly exitCode: ExitCode } {
  if (isSluiceError(error)) {
    return { line: `sluice: ${oneLine(error.render(asFlag))}`, exitCode: exitCodeOfBlame[error.blame] }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { line: `sluice: unexpected ${text}`, exitCode: ExitCode.failed }
}

/** File names may hold line feeds and what terminals obey. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) =>
    control === '\n' ? '\\n' : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** Names an option as the command line does: `maxLength` is `--max-length`. The corpus is an argument, not a flag. */
function asFlag({ option, value }: OptionMention): string {
  if (option === 'corpus') return '`corpus`'
  const flag = `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  return value === undefined ? `\`${flag}\`` : `${flag} ${value}`
}
