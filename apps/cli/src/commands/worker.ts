import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../errors.ts'
import type { WorkerFlags } from './worker.command.ts'

/** The worker's program is a package of its own: installed beside this one, or in the same checkout. */
function findWorker(): string | undefined {
  const inCheckout = fileURLToPath(new URL('../../../worker/dist/main.js', import.meta.url))
  if (existsSync(inCheckout)) return inCheckout
  try {
    return fileURLToPath(new URL('dist/main.js', import.meta.resolve('@sluice/worker/package.json')))
  } catch {
    return undefined
  }
}

export async function worker({ redis, root, threads, port }: WorkerFlags): Promise<void> {
  const program = findWorker()
  if (program === undefined) {
    throw new CommandError(
      'not-installed',
      'The worker is a package of its own: `npm install @sluice/worker`, or `npm run setup` in a checkout',
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
