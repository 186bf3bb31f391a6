import type { Command } from 'commander'
import type { QueueConnection } from '@sluice/queue'

/** Where the queue is, as typed. */
export interface QueueFlags {
  readonly redis?: string
}

export function addQueueOptions(command: Command): Command {
  return command.option(
    '--redis <url>',
    'redis:// or rediss:// (default: SLUICE_REDIS_URL, else redis://127.0.0.1:6379)',
  )
}

/** The connection that the flags and the environment name: the environment's names are those of the workers. */
export async function connectionOf({ redis }: QueueFlags): Promise<QueueConnection> {
  const { resolveConnection } = await import('@sluice/queue')
  const { SLUICE_REDIS_URL, SLUICE_REDIS_URL_FILE, SLUICE_REDIS_CA_FILE, SLUICE_PREFIX } = process.env
  const url = redis ?? (SLUICE_REDIS_URL_FILE ? await readSecret(SLUICE_REDIS_URL_FILE) : SLUICE_REDIS_URL)
  return resolveConnection({
    ...(url && { url }),
    ...(SLUICE_REDIS_CA_FILE && { caFile: SLUICE_REDIS_CA_FILE }),
    ...(SLUICE_PREFIX && { prefix: SLUICE_PREFIX }),
  })
}

async function readSecret(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return (await readFile(path, 'utf8')).trim()
}
