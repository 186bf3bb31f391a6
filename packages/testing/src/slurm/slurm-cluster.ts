import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../redis/redis-server.ts'
import { until } from '../until.ts'

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'sinfo']

/** A Slurm of one's own: munged, slurmctld and slurmd on this machine, reached over loopback alone. Its jobs run as root. */
export class SlurmCluster implements AsyncDisposable {
  readonly #folder: string
  readonly #daemons: ChildProcess[] = []

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Why there can be none here; undefined where there can. `apt-get install slurmctld slurmd slurm-client munge` on Debian. */
  static get missing(): string | undefined {
    if (process.getuid?.() !== 0) return 'slurmd wants root'
    const missing = programs.filter((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error)
    return missing.length === 0 ? undefined : `${missing.join(', ')} not on the PATH`
  }

  static async start(): Promise<SlurmCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-slurm-'))
    chmodSync(folder, 0o755)
    const cluster = new SlurmCluster(folder)
    try {
      await cluster.#start()
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
    return cluster
  }

  /** What its commands need, and what is given beside. */
  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { ...process.env, ...more, SLURM_CONF: join(this.#folder, 'slurm.conf') }
  }

  /** Runs one of Slurm's commands; returns what it printed. */
  async command(name: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(name, words, { env: this.environment() })
    return stdout.trim()
  }

  /** The states of the jobs of an array that are still known, by their index: `RUNNING`, `COMPLETED`, `FAILED`, … */
  async states(job: string): Promise<ReadonlyMap<number, string>> {
    const lines = await this.command(
      'squeue',
      '--jobs',
      job,
      '--states=all',
      '--array',
      '--noheader',
      '--format=%K %T',
    )
    const pairs = lines.split('\n').flatMap((line) => {
      const [index = '', state = ''] = line.split(' ')
      return state === '' ? [] : [[index === 'N/A' ? 0 : Number(index), state] as const]
    })
    return new Map(pairs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command('scancel', '--user=root').catch(() => {})
    for (const daemon of this.#daemons.toReversed()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue
      daemon.kill('SIGTERM')
      await Promise.race([once(daemon, 'exit'), once(AbortSignal.timeout(5000), 'abort')])
      daemon.kill('SIGKILL')
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  async #start(): Promise<void> {
    const at = (name: string): string => join(this.#folder, name)
    for (const name of ['state', 'spool']) mkdirSync(at(name))
    writeFileSync(at('munge.key'), randomBytes(1024), { mode: 0o600 })
    const node = hostname().split('.')[0]!
    const settings = {
      ClusterName: 'sluice',
      SlurmctldHost: `${node}(127.0.0.1)`,
      CommunicationParameters: 'NoCtldInAddrAny,NoInAddrAny',
      AuthType: 'auth/munge',
      AuthInfo: `socket=${at('munge.socket')}`,
      CredType: 'cred/munge',
      SlurmUser: 'root',
      SlurmdUser: 'root',
      SlurmctldPort: await freePort(),
      SlurmdPort: await freePort(),
      StateSaveLocation: at('state'),
      SlurmdSpoolDir: at('spool'),
      SlurmctldPidFile: at('slurmctld.pid'),
      SlurmdPidFile: at('slurmd.pid'),
      ProctrackType: 'proctrack/pgid',
      TaskPlugin: 'task/none',
      SelectType: 'select/cons_tres',
      SelectTypeParameters: 'CR_CPU',
      MpiDefault: 'none',
      ReturnToService: 2,
      KillWait: 30,
      SchedulerParameters: 'batch_sched_delay=0',
      NodeName: `${node} NodeAddr=127.0.0.1 CPUs=${availableParallelism()} State=UNKNOWN`,
      PartitionName: `all Nodes=${node} Default=YES MaxTime=INFINITE State=UP`,
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
    writeFileSync(at('slurm.conf'), lines.join(''))
    const munge = {
      socket: 'munge.socket',
      'key-file': 'munge.key',
      'pid-file': 'munge.pid',
      'log-file': 'munge.log',
      'seed-file': 'munge.seed',
    }
    const mungeFlags = Object.entries(munge).map(([name, file]) => `--${name}=${at(file)}`)
    this.#daemon('munged', ['--foreground', '--force', ...mungeFlags])
    const munged = promisify(execFile)
    await this.#answers('munge', () => munged('munge', [`--socket=${at('munge.socket')}`, '--no-input']))
    this.#daemon('slurmctld', ['-D'])
    await this.#answers('slurmctld', () => this.command('sinfo'))
    this.#daemon('slurmd', ['-D'])
    await until(
      async () => /\bidle\b/.test(await this.command('sinfo').catch(() => '')),
      60_000,
      () => 'a node of Slurm to be idle',
    )
  }

  #daemon(name: string, words: readonly string[]): void {
    this.#daemons.push(spawn(name, words, { env: this.environment(), stdio: 'ignore' }))
  }

  async #answers(what: string, ask: () => Promise<unknown>): Promise<void> {
    const answers = (): Promise<boolean> =>
      ask().then(
        () => true,
        () => false,
      )
    await until(answers, 60_000, () => `${what} to answer`)
  }
}
