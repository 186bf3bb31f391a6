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
  const message = code === 'invalid-config' ? asFlags(error.message) : withFlags(error.message, code)
  return { line: `sluice: ${oneLine(message)}`, exitCode }
}

/** File names may hold line feeds and what terminals obey. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) =>
    control === '\n' ? '\\n' : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** Configuration errors name options as a configuration does: `maxLength`. On the command line it is `--max-length`. */
function asFlags(message: string): string {
  return message.replaceAll(/`([a-z]+(?:[A-Z][a-z]*)*)`/g, (named, name: string) => {
    if (name === 'corpus') return named
    return `\`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}\``
  })
}

/** The corpus' errors do not know how its options are given. */
function withFlags(message: string, code: unknown): string {
  const goOn =
    code === 'invalid-utf8' || code === 'lone-surrogate'
      ? '--invalid replace puts U+FFFD in their place'
      : '--on-error skip leaves it out and counts it'
  return message
    .replace('set the policy for it to skip or replace to go on', goOn)
    .replace('set the field to one of', 'set --text-field to one of')
}
