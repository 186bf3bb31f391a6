import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * Stands between clients and a server and loses replies: with probability `p` a command is passed on, and the client's
 * connection is reset before the answer.
 */
export class LossyProxy implements AsyncDisposable {
  /** Probability that a reply is lost. */
  p = 0
  lost = 0
  readonly #target: number
  readonly #random: () => number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(target: number, random: () => number) {
    this.#target = target
    this.#random = random
    this.#server = createServer((client) => this.#join(client))
  }

  static async start(target: number, random: () => number): Promise<LossyProxy> {
    const proxy = new LossyProxy(target, random)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1')
    let losing = false
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (data: Buffer) => {
      losing ||= this.#random() < this.p
      server.write(data)
    })
    server.on('data', (data: Buffer) => {
      if (!losing) return client.write(data)
      this.lost += 1
      client.resetAndDestroy()
    })
  }
}
