import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CommandError } from '../errors.ts'
import type { QueueFlags } from '../options/queue-options.ts'

/** `sluice worker`, as typed. */
export interface WorkerFlags extends QueueFlags {
  readonly root?: string
  readonly threads?: number
  readonly port?: number
}

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

/** Becomes the worker: its program reads the environment, and handles signals and the end of this process itself. */
export async function worker({ redis, root, threads, port }: WorkerFlags): Promise<void> {
  const program = findWorker()
  if (program === undefined) {
    throw new CommandError(
      'not-installed',
      'The worker is a package of its own: `npm install @sluice/worker`, or `npm run setup` in a checkout',
    )
  }
  Object.assign(process.env, {
    ...(redis !== undefined && { SLUICE_REDIS_URL: redis, SLUICE_REDIS_URL_FILE: '' }),
    ...(root !== undefined && { SLUICE_ROOT: root }),
    ...(threads !== undefined && { SLUICE_THREADS: String(threads) }),
    ...(port !== undefined && { SLUICE_HTTP_PORT: String(port) }),
  })
  await import(pathToFileURL(program).href)
}
