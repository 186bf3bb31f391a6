import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** A real HTTP server on the loopback interface. */
export class TestServer implements AsyncDisposable {
  readonly url: string
  readonly requests: IncomingMessage[]
  readonly #server: Server

  private constructor(server: Server, requests: IncomingMessage[], port: number) {
    this.#server = server
    this.requests = requests
    this.url = `http://127.0.0.1:${port}`
  }

  static async start(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<TestServer> {
    const requests: IncomingMessage[] = []
    const server = createServer((request, response) => {
      requests.push(request)
      answer(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new TestServer(server, requests, address.port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** How a server serves one object. */
export interface ObjectOptions {
  readonly etag?: string
  readonly lastModified?: string
  readonly ranges?: boolean
  /** Bytes of the body after which the connection breaks. */
  readonly breakAfter?: number
  /** Sends no length. */
  readonly chunked?: boolean
}

/** Answers as a file server does, by RFC 9110. */
export function serve(
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  { etag, lastModified, ranges = true, breakAfter = Infinity, chunked = false }: ObjectOptions = {},
): void {
  if (etag !== undefined) response.setHeader('etag', etag)
  if (lastModified !== undefined) response.setHeader('last-modified', lastModified)
  const wanted = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const ifRange = request.headers['if-range']
  let body = content
  if (wanted !== null && ranges && (ifRange === undefined || ifRange === etag)) {
    const start = Number(wanted[1])
    const end = wanted[2] === '' ? content.length : Math.min(content.length, Number(wanted[2]) + 1)
    if (start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
      return
    }
    body = content.subarray(start, end)
    response.statusCode = 206
    response.setHeader('content-range', `bytes ${start}-${end - 1}/${content.length}`)
  }
  if (chunked) response.flushHeaders()
  else response.setHeader('content-length', body.length)
  if (body.length <= breakAfter) {
    response.end(body)
    return
  }
  response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 5))
}
