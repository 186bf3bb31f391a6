import { readFile } from 'node:fs/promises'
import { resolveConnection, type QueueConnection } from '@sluice/queue'
import { CommandError } from '../errors.ts'
import type { QueueFlags } from '../options/queue-options.ts'

/**
 * Returns the connection that the flags and the environment name: the variables are those of the workers.
 *
 * @throws QueueError `invalid-connection`; CommandError `invalid-option` where the file with the URL cannot be read
 */
export async function connectionOf({ redis }: QueueFlags): Promise<QueueConnection> {
  const { SLUICE_REDIS_URL, SLUICE_REDIS_URL_FILE, SLUICE_REDIS_CA_FILE, SLUICE_PREFIX } = process.env
  const url = redis ?? (SLUICE_REDIS_URL_FILE ? await readSecret(SLUICE_REDIS_URL_FILE) : SLUICE_REDIS_URL)
  return resolveConnection({
    ...(url && { url }),
    ...(SLUICE_REDIS_CA_FILE && { caFile: SLUICE_REDIS_CA_FILE }),
    ...(SLUICE_PREFIX && { prefix: SLUICE_PREFIX }),
  })
}

async function readSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    const message = `SLUICE_REDIS_URL_FILE: expected a file with the URL of the queue at ${path}; check the path`
    throw new CommandError('invalid-option', message, { cause: error })
  }
}
