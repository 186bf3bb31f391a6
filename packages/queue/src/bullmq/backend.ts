import {
  createPostgresBackend,
  Queue,
  QueueEvents,
  Worker,
  type ConnectionOptions,
  type Processor,
  type Telemetry,
  type WorkerOptions,
} from 'bullmq'
import type { QueueConnection } from '../connection.ts'

/** Listeners that every object of BullMQ must have: an `error` event without one ends the process. */
export type OnError = (error: Error) => void

interface Base {
  readonly connection: ConnectionOptions
  readonly prefix?: string
}

function base({ driver, kind, prefix }: QueueConnection): Base {
  const connection = driver as ConnectionOptions
  // On Postgres the schema keeps deployments apart.
  return kind === 'redis' ? { connection, prefix } : { connection }
}

/** BullMQ's Postgres backend takes its own connection options: the types of the classes are those of Redis. */
function backendOf({ kind }: QueueConnection): never {
  return (kind === 'postgres' ? createPostgresBackend : undefined) as never
}

export function createQueue<T>(
  name: string,
  connection: QueueConnection,
  onError: OnError,
  telemetry?: Telemetry,
): Queue<T> {
  const options = { ...base(connection), ...(telemetry && { telemetry }) }
  return new Queue<T>(name, options, backendOf(connection)).on('error', onError)
}

export function createQueueEvents(name: string, connection: QueueConnection, onError: OnError): QueueEvents {
  return new QueueEvents(name, base(connection), backendOf(connection)).on('error', onError)
}

export function createWorker<T>(
  name: string,
  processor: Processor<T>,
  connection: QueueConnection,
  options: Omit<WorkerOptions, 'connection' | 'prefix'>,
  onError: OnError,
): Worker<T> {
  return new Worker<T>(name, processor, { ...options, ...base(connection) }, backendOf(connection)).on(
    'error',
    onError,
  )
}
