import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface RedisServerOptions {
  /** Whether it writes an append-only file, and so survives being killed. @default true */
  readonly aof?: boolean
  /** Folder of that file. @default a new one that is removed at the end */
  readonly folder?: string
  readonly arguments?: readonly string[]
}

/** A redis-server of one's own on a free loopback port. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #folder: string
  readonly #ownFolder: boolean
  readonly #arguments: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, folder: string, ownFolder: boolean, more: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#ownFolder = ownFolder
    this.#arguments = more
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sluice-redis-'))
    const aof = (options.aof ?? true) ? ['--appendonly', 'yes'] : []
    const more = [...aof, ...(options.arguments ?? [])]
    const server = new RedisServer(await freePort(), folder, options.folder === undefined, more)
    await server.start()
    return server
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const settings = { port: this.port, bind: '127.0.0.1', dir: this.#folder, save: '', loglevel: 'warning' }
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    this.#process = spawn('redis-server', [...flags, ...this.#arguments], { stdio: 'ignore' })
    const failed = once(this.#process, 'error').then(([error]) => {
      throw error as Error
    })
    failed.catch(() => {})
    await Promise.race([this.#untilReady(), failed])
  }

  /** Ends it as a power cut would, as far as a process can tell. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined) return
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  /** Stops it in its tracks, connections open, or lets it continue. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name)
  }

  /** Sends one command; returns the reply's first bytes. */
  async command(...words: readonly string[]): Promise<string> {
    const socket = connect(this.port, '127.0.0.1')
    try {
      socket.write(
        `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
      )
      const [reply] = (await once(socket, 'data')) as [Buffer]
      return reply.toString()
    } finally {
      socket.destroy()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    if (this.#ownFolder) rmSync(this.#folder, { recursive: true, force: true })
  }

  async #untilReady(): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      const reply = await this.command('PING').catch(() => '')
      // One that wants a password or is loading answers too; only the latter is not ready.
      if (reply !== '' && !reply.startsWith('-LOADING')) return
      await delay(50)
    }
    throw new Error(`Expected redis-server to answer on port ${this.port} within 10 s`)
  }
}

/**
 * A loopback port that nobody listens on, below the range from which systems choose ports for outgoing connections: from
 * within it another connection may take the port while its server is down, even the client's own, which then talks to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
