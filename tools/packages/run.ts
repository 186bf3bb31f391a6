import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** What a program printed and how it ended. */
export interface Outcome {
  readonly status: number | null
  readonly output: string
}

/** Runs a program to its end, at most ten minutes; returns what it printed on both streams. */
export function run(
  cwd: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 600_000,
    env: { ...consumer, ...env },
    shell: process.platform === 'win32',
  })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` }
}

/**
 * Runs a program that must succeed.
 *
 * @throws Error with what it printed where it does not
 */
export function must(
  cwd: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): string {
  const { status, output } = run(cwd, command, args, env)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${output}`)
  return output
}

/**
 * The same beside what follows: for what waits for the network.
 *
 * @throws Error with what it printed where it does not succeed
 */
export async function mustAside(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    env: consumer,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
  const [[status], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ])
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

/** The environment of a consumer: without the settings that this project's own programs hand on. */
const consumer = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_COMPILE_CACHE$|INIT_CWD$)/i.test(name),
  ),
)
