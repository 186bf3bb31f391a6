import type { Queue } from 'bullmq'
import type { QueueConnection } from '../connection.ts'

/** What a server says of who may reach it; undefined where it does not say. */
export interface ServerSettings {
  readonly bind: string | undefined
  /** `yes` or `no`. */
  readonly protectedMode: string | undefined
}

const loopback = /^-?(127\.\d+\.\d+\.\d+|::1|localhost)$/

/**
 * Says why a queue's server is open to others, if it is: it asks for no password, and more than this machine reaches it. Whoever writes
 * to it can have files of the data root read and datasets written there.
 */
export function whyOpen(
  { driver, address }: Pick<QueueConnection, 'driver' | 'address'>,
  { bind, protectedMode }: ServerSettings,
): string | undefined {
  if (driver['password'] !== undefined) return undefined
  const isElsewhere = !loopback.test(String(driver['host']))
  const addresses = bind?.split(' ') ?? []
  // Redis listens on every address where `bind` is empty, and refuses strangers in its protected mode.
  const reachesOthers = bind !== undefined && (bind === '' || addresses.some((one) => !loopback.test(one)))
  if (!isElsewhere && !(reachesOthers && protectedMode === 'no')) return undefined
  return `${address} asks for no password and can be reached by others; set one, and keep it off public networks`
}

/** Asks a server for its settings, which it may keep to itself. */
export async function readServerSettings(queue: Queue): Promise<ServerSettings> {
  // BullMQ's own words for its client are few; what is behind them is ioredis.
  const client = (await queue.getBackend().client) as unknown as {
    readonly config: (word: 'GET', name: string) => Promise<unknown>
  }
  const ask = async (name: string): Promise<string | undefined> => {
    const reply = await client.config('GET', name).catch(() => undefined)
    return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined
  }
  return { bind: await ask('bind'), protectedMode: await ask('protected-mode') }
}
