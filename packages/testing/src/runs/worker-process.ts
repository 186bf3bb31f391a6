import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { repositoryRoot } from '../repository.ts'

/** The command that the image starts a worker with, read from the Dockerfile: tests start the same. */
export function imageCommand(): readonly string[] {
  const dockerfile = readFileSync(join(repositoryRoot, 'Dockerfile'), 'utf8')
  const [, json] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? []
  if (json === undefined) throw new Error('Expected the Dockerfile to have a CMD in JSON form')
  return JSON.parse(json) as string[]
}

/** A log line of a worker. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string }

/** A worker process, started as the image starts it. */
export class WorkerProcess implements AsyncDisposable {
  readonly lines: LogLine[] = []
  /** Output that is not a log line. */
  errors = ''
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #listeners = new Set<() => void>()

  /** @param environment - settings; ports and log level have values fit for tests */
  constructor(environment: Readonly<Record<string, string>>, options: { readonly shell?: string } = {}) {
    const [command = '', ...rest] = imageCommand()
    const program = command === 'node' ? process.execPath : command
    const spawnOptions = {
      cwd: repositoryRoot,
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        SLUICE_HTTP_HOST: '127.0.0.1',
        SLUICE_HTTP_PORT: '0',
        SLUICE_LOG_LEVEL: 'debug',
        ...environment,
      },
    }
    this.#process =
      options.shell === undefined
        ? spawn(program, rest, spawnOptions)
        : spawn('bash', ['-c', `${options.shell}; exec "$@"`, 'bash', program, ...rest], spawnOptions)
    this.#exited = once(this.#process, 'exit')
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogLine)
      else this.errors += `${line}\n`
      for (const listener of this.#listeners) listener()
    })
    this.#process.stderr!.on('data', (data: Buffer) => (this.errors += data.toString()))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  get exitCode(): number | null {
    return this.#process.exitCode
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** Resolves when it has ended. */
  async exited(): Promise<void> {
    await this.#exited
  }

  /** Asks it to end, unless it has, and resolves when it has ended. */
  async stopped(): Promise<void> {
    if (!this.#hasExited()) this.signal('SIGTERM')
    await this.#exited
  }

  /** The first line that fits, now or later. */
  async line(fits: (line: LogLine) => boolean, milliseconds = 30_000): Promise<LogLine> {
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>()
    const look = (): void => {
      const found = this.lines.find(fits)
      if (found !== undefined) resolve(found)
    }
    this.#listeners.add(look)
    const timer = setTimeout(
      () => reject(new Error(`No such line within ${milliseconds} ms; errors: ${this.errors || 'none'}`)),
      milliseconds,
    )
    look()
    return promise.finally(() => {
      clearTimeout(timer)
      this.#listeners.delete(look)
    })
  }

  async port(): Promise<number> {
    const { port } = await this.line(({ msg }) => msg === 'worker started')
    return port as number
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasExited()) this.#process.kill('SIGKILL')
    await this.#exited
  }

  #hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }
}
