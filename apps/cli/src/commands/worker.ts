import { existsSync } from 'node:fs'
import { CommandError } from '../errors.ts'
import type { QueueFlags } from '../options/queue-options.ts'

/** `sluice worker`, as typed. */
export interface WorkerFlags extends QueueFlags {
  readonly root?: string
  readonly threads?: number
  readonly port?: number
}

/** The worker's program: apps do not depend on each other, so it is found by its place and started as it is shipped. */
const program = new URL('../../../worker/dist/main.js', import.meta.url)

/** Becomes the worker: its program reads the environment, and handles signals and the end of this process itself. */
export async function worker({ redis, root, threads, port }: WorkerFlags): Promise<void> {
  if (!existsSync(program)) {
    throw new CommandError(
      'not-a-checkout',
      `Expected the worker at ${program.pathname}; run \`npm run setup\` in the checkout`,
    )
  }
  Object.assign(process.env, {
    ...(redis !== undefined && { SLUICE_REDIS_URL: redis, SLUICE_REDIS_URL_FILE: '' }),
    ...(root !== undefined && { SLUICE_ROOT: root }),
    ...(threads !== undefined && { SLUICE_THREADS: String(threads) }),
    ...(port !== undefined && { SLUICE_HTTP_PORT: String(port) }),
  })
  await import(program.href)
}
