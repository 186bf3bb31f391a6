import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { attempt, run, type CommandResult } from '../engine/command.ts'
import type { Bench } from '../check.ts'
import { Container } from './container.ts'

/** How the compose file is brought up. */
export interface StackOptions {
  /** The compose project's name: stacks of different names do not know of each other. */
  readonly name: string
  /** The folder that workers share. */
  readonly data: string
  readonly workers: number
  /** Compose files of the project that are added, as a user would with `-f`. */
  readonly files?: readonly string[]
  /** Variables of `.env`. */
  readonly variables?: Readonly<Record<string, string>>
  /** Whether locks are short and tasks are logged, for faults. @default true */
  readonly shortLocks?: boolean
}

/** The project's services, brought up by its compose file. */
export class Stack implements AsyncDisposable {
  readonly #bench: Bench
  readonly #env: NodeJS.ProcessEnv
  readonly password: string

  private constructor(bench: Bench, options: StackOptions) {
    this.#bench = bench
    this.password = options.variables?.['REDIS_PASSWORD'] ?? randomBytes(16).toString('hex')
    const files = ['docker-compose.yml', ...(options.files ?? [])].map((file) => join(bench.project, file))
    if (options.shortLocks ?? true) files.push(join(import.meta.dirname, 'short-locks.yml'))
    this.#env = {
      ...bench.engine.env,
      COMPOSE_PROJECT_NAME: options.name,
      COMPOSE_FILE: files.join(':'),
      REDIS_PASSWORD: this.password,
      SLUICE_DATA: options.data,
      SLUICE_THREADS: '1',
      ...options.variables,
    }
  }

  /** Starts Redis and the workers, and waits until all are healthy. */
  static async up(bench: Bench, options: StackOptions): Promise<Stack> {
    const stack = new Stack(bench, options)
    try {
      await stack.start(options.workers)
      return stack
    } catch (error) {
      await stack[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Runs `docker compose …`. @returns its standard output */
  async compose(...args: readonly string[]): Promise<string> {
    return run(['docker', 'compose', '--project-directory', this.#bench.project, ...args], { env: this.#env })
  }

  /** Runs `sluice …` in a container of its own, as the README does. */
  async sluice(...args: readonly string[]): Promise<CommandResult> {
    const command = ['docker', 'compose', '--project-directory', this.#bench.project, 'run', '--rm', '-T']
    return attempt([...command, 'sluice', ...args], { env: this.#env })
  }

  /** Changes variables of `.env` for the commands that follow. */
  set(variables: Readonly<Record<string, string>>): void {
    Object.assign(this.#env, variables)
  }

  /** `up`, until healthy. */
  async start(workers: number): Promise<void> {
    const scale = ['--scale', `worker=${workers}`]
    await this.compose('up', '--detach', '--no-build', '--wait', '--wait-timeout', '240', ...scale, 'worker')
  }

  /** Changes the number of workers, leaving those alone that stay, and does not wait for the new ones. */
  async scale(workers: number): Promise<void> {
    await this.compose(
      'up',
      '--detach',
      '--no-build',
      '--no-recreate',
      '--scale',
      `worker=${workers}`,
      'worker',
    )
  }

  /** The workers that run, oldest first. */
  async workers(): Promise<Container[]> {
    return this.#containers('worker')
  }

  async redis(): Promise<Container> {
    return this.container('redis')
  }

  /** The one container of a service. */
  async container(service: string): Promise<Container> {
    const [container] = await this.#containers(service)
    if (container === undefined) throw new Error(`Expected a container of ${service}; none runs`)
    return container
  }

  /** The queue's URL as seen from this machine. */
  async redisUrl(): Promise<string> {
    return `redis://:${this.password}@${await (await this.redis()).address()}:6379/0`
  }

  async redisCommand(...words: readonly string[]): Promise<string> {
    return (await this.redis()).exec(['redis-cli', ...words], { REDISCLI_AUTH: this.password })
  }

  /** `down`, with the volumes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const command = ['docker', 'compose', '--project-directory', this.#bench.project, '--profile', '*']
    await attempt([...command, 'down', '--volumes', '--timeout', '1', '--remove-orphans'], { env: this.#env })
  }

  async #containers(service: string): Promise<Container[]> {
    const ids = (await this.compose('ps', '--quiet', service)).split('\n').filter((id) => id !== '')
    const containers = ids.map((id) => new Container(this.#bench.engine, id))
    const created = await Promise.all(containers.map((container) => container.inspect<string>('.Created')))
    return containers
      .map((container, index) => ({ container, at: created[index] ?? '' }))
      .toSorted((a, b) => a.at.localeCompare(b.at))
      .map(({ container }) => container)
  }
}
