import { until } from '@sluice/testing'
import { attempt, run, type CommandResult } from '../engine/command.ts'
import type { Engine } from '../engine/engine.ts'

/** A line of a worker's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string; readonly time: number }

/** A container of an engine. */
export class Container {
  readonly id: string
  readonly #engine: Engine

  constructor(engine: Engine, id: string) {
    this.#engine = engine
    this.id = id
  }

  /** What `docker inspect` says at a place: `.State.OOMKilled`. */
  async inspect<T>(path: string): Promise<T> {
    return JSON.parse(await this.#engine.docker('inspect', '--format', `{{json ${path}}}`, this.id)) as T
  }

  /** Its address on the first network that it is on. */
  async address(): Promise<string> {
    const networks = await this.inspect<Record<string, { IPAddress: string }>>('.NetworkSettings.Networks')
    const [network] = Object.values(networks)
    if (network === undefined) throw new Error('Expected the container to be on a network')
    return network.IPAddress
  }

  async network(): Promise<string> {
    return Object.keys(await this.inspect<object>('.NetworkSettings.Networks'))[0] ?? ''
  }

  /** `docker exec`. @returns what it wrote, whatever its exit code */
  async try(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    const variables = Object.keys(env).flatMap((name) => ['--env', name])
    const options = { env: { ...this.#engine.env, ...env } }
    return attempt(['docker', 'exec', ...variables, this.id, ...command], options)
  }

  /** `docker exec` of a command that must succeed. @returns its standard output */
  async exec(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, stdout, stderr } = await this.try(command, env)
    if (status !== 0)
      throw new Error(`\`${command.join(' ')}\` in the container ended with ${status}: ${stderr}`)
    return stdout.replace(/\n$/, '')
  }

  /** `docker VERB … ID`: kill, pause, unpause, stop, update. */
  async tell(verb: string, ...options: readonly string[]): Promise<void> {
    await run(['docker', verb, ...options, this.id], { env: this.#engine.env })
  }

  /**
   * `docker pause`, again while the kernel says that it cannot: a process that waits for its turn on a busy machine, or for
   * the disk, is frozen only once it runs.
   */
  async freeze(): Promise<void> {
    let refusal = ''
    await until(
      async () => {
        const { status, stderr } = await attempt(['docker', 'pause', this.id], { env: this.#engine.env })
        refusal = stderr.trim()
        if (status !== 0 && !refusal.includes('unable to freeze')) throw new Error(refusal)
        return status === 0
      },
      30_000,
      () => `a container to be frozen: ${refusal}`,
    )
  }

  /** The lines of its log that are JSON; the others are said by {@link output}. */
  async lines(): Promise<LogLine[]> {
    const lines = (await this.output()).split('\n').filter((line) => line.startsWith('{'))
    return lines.map((line) => JSON.parse(line) as LogLine)
  }

  /** Everything that it wrote. */
  async output(): Promise<string> {
    const { stdout, stderr } = await attempt(['docker', 'logs', this.id], { env: this.#engine.env })
    return stdout + stderr
  }

  /** What its health server answers. */
  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://${await this.address()}:9464${path}`)
    return { status: response.status, text: await response.text() }
  }

  async isRunning(): Promise<boolean> {
    return this.inspect<boolean>('.State.Running')
  }
}
