import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from './metrics.ts'

/** What the health server answers from. */
export interface HealthSource {
  readonly metrics: Metrics
  /** Undefined when jobs can be taken, else why they cannot. */
  readonly notReady: () => Promise<string | undefined>
}

/** `/healthz`: the process is alive; `/readyz`: it can take jobs; `/metrics`: for Prometheus. */
export async function startHealthServer(
  { metrics, notReady }: HealthSource,
  host: string,
  port: number,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    switch (path) {
      case '/healthz':
        say(response, 200, 'ok')
        return
      case '/readyz': {
        const why = await notReady()
        say(response, why === undefined ? 200 : 503, why ?? 'ready')
        return
      }
      case '/metrics':
        response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.render())
        return
      default:
        say(response, 404, 'not found; there are /healthz, /readyz and /metrics')
    }
  }
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '')
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'expected GET')
    answer(path, response).catch((error: unknown) => say(response, 500, (error as Error).message))
  })
  server.requestTimeout = 5000
  server.headersTimeout = 5000
  await listen(server, host, port)
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`)
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
