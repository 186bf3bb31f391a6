import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Written to its standard input. */
  readonly input?: string | NodeJS.ReadableStream
  /** Milliseconds after which it is ended. @default 600000 */
  readonly timeoutMs?: number
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** What a command left behind. */
export interface CommandResult {
  /** The exit code; 128 and more where a signal ended it. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, whatever its exit code. */
export async function attempt(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd, env = process.env, input, timeoutMs = 600_000, signal } = options
  const [program = '', ...rest] = command
  const limit = AbortSignal.timeout(timeoutMs)
  const child = spawn(program, rest, {
    cwd,
    env,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  const outputs = Promise.all([text(child.stdout!), text(child.stderr!)])
  if (typeof input === 'string') child.stdin!.end(input)
  else if (input !== undefined) input.pipe(child.stdin!)
  try {
    const [[status], [stdout, stderr]] = await Promise.all([ended, outputs])
    return { status: status ?? 128, stdout, stderr }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error
    return { status: 128, stdout: '', stderr: `ended after ${timeoutMs / 1000} s or by its caller` }
  }
}

/**
 * Runs a command that must succeed.
 *
 * @returns its standard output, without the last line break
 * @throws Error with the command and the end of what it wrote
 */
export async function run(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await attempt(command, options)
  if (status === 0) return stdout.replace(/\n$/, '')
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n')
  throw new Error(`\`${command.join(' ')}\` ended with exit code ${status}:\n${said}`)
}
