import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../errors.ts'
import type { WorkerFlags } from './worker.command.ts'

/** The worker's program: apps do not depend on each other, so it is found by its place and started as it is shipped. */
const program = fileURLToPath(new URL('../../../worker/dist/main.js', import.meta.url))

export async function worker({ redis, root, threads, port }: WorkerFlags): Promise<void> {
  if (!existsSync(program)) {
    throw new CommandError(
      'not-a-checkout',
      `Expected the worker at ${program}; run \`npm run setup\` in the checkout`,
    )
  }
  const env = {
    ...process.env,
    ...(redis !== undefined && { SLUICE_REDIS_URL: redis, SLUICE_REDIS_URL_FILE: '' }),
    ...(root !== undefined && { SLUICE_ROOT: root }),
    ...(threads !== undefined && { SLUICE_THREADS: String(threads) }),
    ...(port !== undefined && { SLUICE_HTTP_PORT: String(port) }),
  }
  const child = spawn(process.execPath, [program], { stdio: 'inherit', env })
  // A terminal sends Ctrl-C to both processes; this one waits for the other's clean end.
  const ignore = (): void => {}
  const pass = (): void => void child.kill('SIGTERM')
  process.on('SIGINT', ignore).on('SIGTERM', pass)
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
  process.off('SIGINT', ignore).off('SIGTERM', pass)
}
