import { styleText } from 'node:util'
import { CommandError } from '../errors.ts'
import { codeOf } from '@sluice/errors'
import { escapeControls, jsonLine } from './escape.ts'

/** A line of text, or a title in bold. */
export type Line = string | { readonly title: string }

const broken = new AbortController()
let failure: Error | undefined

/** Fires when standard output can no longer be written: work for nobody is stopped. */
export const outputBroken: AbortSignal = broken.signal

/** Watches standard output from now on. Errors of standard error are ignored: nothing is left to report them on. */
export function watchOutput(): void {
  process.stdout.on('error', (error) => {
    failure ??= error
    broken.abort()
  })
  process.stderr.on('error', () => {})
}

/** Prints lines on standard output. */
export function print(...lines: readonly Line[]): void {
  process.stdout.write(`${lines.map(renderLine).join('\n')}\n`)
}

/** Prints a value as one line of JSON on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${jsonLine(value)}\n`)
}

/** Prints a line on standard error. */
export function report(line: string): void {
  process.stderr.write(`${escapeControls(line)}\n`)
}

function renderLine(line: Line): string {
  if (typeof line === 'string') return escapeControls(line)
  return styleText('bold', escapeControls(line.title), { stream: process.stdout })
}

/**
 * Waits until everything printed is written.
 *
 * @throws CommandError `output-failed` where standard output is full, or was closed before a command was done
 */
export async function finishOutput(commandDone: boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    process.stdout.write('', () => resolve())
  })
  if (failure === undefined) return
  const code = codeOf(failure) ?? failure.message
  // A reader that has seen enough (`sluice inspect … | head`) is no error.
  if (code === 'EPIPE' && commandDone) return
  throw new CommandError('output-failed', `Could not write to standard output: ${code}`, { cause: failure })
}
