import {
  Queue,
  QueueEvents,
  Worker,
  type ConnectionOptions,
  type Processor,
  type Telemetry,
  type WorkerOptions,
} from 'bullmq'
import type { QueueConnection } from '../connection.ts'
import { Connector } from './listening-connector.ts'

/** Listeners that every object of BullMQ must have: an `error` event without one ends the process. */
export type OnError = (error: Error) => void

interface Base {
  readonly connection: ConnectionOptions
  readonly prefix: string
}

function base({ driver, prefix }: QueueConnection): Base {
  return { connection: { ...driver, Connector }, prefix }
}

export function createQueue<T>(
  name: string,
  connection: QueueConnection,
  onError: OnError,
  telemetry?: Telemetry,
): Queue<T> {
  const options = { ...base(connection), ...(telemetry && { telemetry }) }
  return new Queue<T>(name, options).on('error', onError)
}

export function createQueueEvents(name: string, connection: QueueConnection, onError: OnError): QueueEvents {
  return new QueueEvents(name, base(connection)).on('error', onError)
}

export function createWorker<T>(
  name: string,
  processor: Processor<T>,
  connection: QueueConnection,
  options: Omit<WorkerOptions, 'connection' | 'prefix'>,
  onError: OnError,
): Worker<T> {
  return new Worker<T>(name, processor, { ...options, ...base(connection) }).on('error', onError)
}
