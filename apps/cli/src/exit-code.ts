/** What the exit code of `sluice` means; documented in the README. */
export const ExitCode = {
  done: 0,
  /** Something failed on the way: the disk, a bug. What was finished stays; the same command goes on. */
  failed: 1,
  /** The command or its input cannot be used as given. Nothing was written. */
  badInput: 2,
  /** Stopped by Ctrl-C or SIGTERM. What was finished stays; the same command goes on. */
  interrupted: 130,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

const failures = new Set([
  'io',
  'corrupt',
  'incomplete',
  'conflict',
  'read-failed',
  'network',
  'provider-failed',
  'queue-unreachable',
  'run-failed',
])

/** An error a user can act on carries a `code`: the others are bugs, and keep their stack. */
export function describeError(error: unknown): { readonly line: string; readonly exitCode: ExitCode } {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  const known =
    error instanceof Error &&
    /^(Run|Corpus|Dataset|Tokenizer|Embedding|TorchRandom|DataLoader|Queue|Command)Error$/.test(error.name)
  if (!known) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { line: `sluice: unexpected ${text}`, exitCode: ExitCode.failed }
  }
  const exitCode =
    code === 'aborted'
      ? ExitCode.interrupted
      : typeof code === 'string' && failures.has(code)
        ? ExitCode.failed
        : ExitCode.badInput
  return {
    line: `sluice: ${code === 'invalid-config' ? asFlags(error.message) : error.message}${hintFor(code)}`,
    exitCode,
  }
}

/** Configuration errors name options as a configuration does: `maxLength`. On the command line it is `--max-length`. */
function asFlags(message: string): string {
  return message.replaceAll(/`([a-z]+(?:[A-Z][a-z]*)*)`/g, (_, name: string) => {
    return `\`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}\``
  })
}

function hintFor(code: unknown): string {
  return code === 'invalid-utf8' ? '; --invalid replace puts U+FFFD in their place' : ''
}
