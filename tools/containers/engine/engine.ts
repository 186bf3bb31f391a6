import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { attempt, run } from './command.ts'
import { restoreHostNetwork, saveHostNetwork, type HostNetwork } from './firewall.ts'
import { until } from '@sluice/testing'

/** A container engine of one's own, in a folder of its own, that leaves nothing behind when it is disposed of. */
export class Engine implements AsyncDisposable {
  readonly folder: string
  /** The environment of every `docker` command. */
  readonly env: NodeJS.ProcessEnv
  /** Undefined in a network namespace, which goes with all that is in it. */
  readonly #network: HostNetwork | undefined

  private constructor(folder: string, network: HostNetwork | undefined) {
    this.folder = folder
    this.#network = network
    this.env = {
      PATH: process.env['PATH'],
      HOME: folder,
      DOCKER_HOST: `unix://${join(folder, 'docker.sock')}`,
      DOCKER_CONFIG: join(folder, 'config'),
      DOCKER_BUILDKIT: '1',
      BUILDKIT_PROGRESS: 'plain',
      COMPOSE_ANSI: 'never',
      COMPOSE_PROGRESS: 'plain',
    }
  }

  /**
   * Starts an engine, or finds the one that an earlier test kept in this folder.
   *
   * @param folder - images and volumes of the engine lie below it
   * @throws Error with the end of the engine's log
   */
  static async start(folder: string): Promise<Engine> {
    const memory = join(folder, 'host-network.json')
    if (existsSync(memory)) {
      const kept = new Engine(folder, JSON.parse(await readFile(memory, 'utf8')) as HostNetwork)
      // Its daemon may have been ended since, with its images left where they were.
      if (!existsSync(kept.#pidFile)) await kept.#start([])
      return kept
    }
    await mkdir(join(folder, 'config'), { recursive: true })
    const network = await saveHostNetwork()
    await writeFile(memory, JSON.stringify(network))
    const engine = new Engine(folder, network)
    await engine.#start([])
    return engine
  }

  /** Starts an engine in a network namespace: another machine as far as the network goes. */
  static async startInNamespace(folder: string, namespace: string): Promise<Engine> {
    await mkdir(join(folder, 'config'), { recursive: true })
    const engine = new Engine(folder, undefined)
    await engine.#start(['nsenter', `--net=/run/netns/${namespace}`])
    return engine
  }

  /** @param before - the command that the engine is started by */
  async #start(before: readonly string[]): Promise<void> {
    const { folder } = this
    const log = join(folder, 'dockerd.log')
    const places = ['--data-root', join(folder, 'root'), '--exec-root', join(folder, 'exec')]
    const reached = ['--pidfile', this.#pidFile, '-H', this.env['DOCKER_HOST']!]
    const file = openSync(log, 'a')
    const [program = '', ...words] = [...before, 'dockerd', ...places, ...reached]
    spawn(program, words, { detached: true, stdio: ['ignore', file, file] }).unref()
    try {
      await until(
        async () => (await attempt(['docker', 'version'], { env: this.env })).status === 0,
        60_000,
        () => 'dockerd to answer',
      )
    } catch (cause) {
      await this[Symbol.asyncDispose]()
      throw new Error(`dockerd did not start:\n${readFileSync(log, 'utf8').slice(-3000)}`, { cause })
    }
    // A check may give the socket to a group: whoever may write it is root by another name.
    await chmod(join(folder, 'docker.sock'), 0o660)
  }

  /** Runs `docker …`. @returns its standard output */
  async docker(...args: readonly string[]): Promise<string> {
    return run(['docker', ...args], { env: this.env })
  }

  /** Its version and how it stores images, for the report. */
  async describe(): Promise<string> {
    return this.docker('info', '--format', '{{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}')
  }

  /** Ends the engine by its pid file, takes its mounts and rules away, deletes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    const containers = await attempt(['docker', 'ps', '--all', '--quiet'], { env: this.env })
    const ids = containers.stdout.split('\n').filter((id) => id !== '')
    if (ids.length > 0) await attempt(['docker', 'rm', '--force', '--volumes', ...ids], { env: this.env })
    await this.#stop()
    await unmountBelow(this.folder)
    if (this.#network !== undefined) await restoreHostNetwork(this.#network)
    await rm(this.folder, { recursive: true, force: true })
  }

  get #pidFile(): string {
    return join(this.folder, 'dockerd.pid')
  }

  async #stop(): Promise<void> {
    if (!existsSync(this.#pidFile)) return
    const pid = Number(await readFile(this.#pidFile, 'utf8'))
    process.kill(pid, 'SIGTERM')
    for (let tries = 0; existsSync(`/proc/${pid}`); tries++) {
      if (tries === 150) process.kill(pid, 'SIGKILL')
      await delay(100)
    }
  }
}

async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  const below = mounts.filter((path) => path.startsWith(`${folder}/`))
  for (const path of below.toReversed()) await attempt(['umount', '--lazy', path])
}
