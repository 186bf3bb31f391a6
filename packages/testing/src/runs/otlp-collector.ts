import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A span as OTLP's JSON has it, as far as tests look at it. */
export interface OtlpSpan {
  readonly name: string
  readonly traceId: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
}

interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: Pick<OtlpSpan, 'attributes'>
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}

/** Takes traces in over OTLP/HTTP in JSON, as a collector does, and keeps them. */
export class OtlpCollector implements AsyncDisposable {
  readonly spans: OtlpSpan[] = []
  readonly services = new Set<unknown>()
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector()
    collector.#server.listen(0, '127.0.0.1')
    await once(collector.#server, 'listening')
    return collector
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await json(request)
    if (request.url === '/v1/traces') this.#take(body as OtlpTraces)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  }

  #take({ resourceSpans }: OtlpTraces): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')
      this.services.add(service?.value['stringValue'])
      for (const { spans } of scopeSpans) this.spans.push(...spans)
    }
  }
}
