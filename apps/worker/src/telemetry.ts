import { setTimeout as delay } from 'node:timers/promises'
import type { Telemetry } from 'bullmq'

/** Milliseconds for what is not sent yet at the end; a collector that is away must not keep the worker. */
const flushMs = 2000

/** Spans and metrics of the queue's jobs on their way to a collector. */
export interface RunningTelemetry {
  readonly telemetry: Telemetry
  /** Sends what is left, in bounded time. */
  readonly stop: () => Promise<void>
}

/**
 * Starts OpenTelemetry, set by its own variables: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`,
 * `OTEL_TRACES_SAMPLER` and the others of the specification.
 */
export async function startTelemetry(): Promise<RunningTelemetry> {
  const [{ NodeSDK }, { BullMQOtel }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('bullmq-otel'),
  ])
  const sdk = new NodeSDK({ serviceName: process.env['OTEL_SERVICE_NAME'] ?? 'sluice-worker' })
  sdk.start()
  return {
    telemetry: new BullMQOtel({ tracerName: 'sluice', meterName: 'sluice', enableMetrics: true }),
    async stop() {
      await Promise.race([sdk.shutdown().catch(() => {}), delay(flushMs, undefined, { ref: false })])
    },
  }
}
