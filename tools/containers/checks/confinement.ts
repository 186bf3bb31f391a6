import type { Check } from '../check.ts'
import type { CommandResult } from '../engine/command.ts'
import type { Container } from '../stack/container.ts'
import { DisturbedRun, testUser } from '../stack/disturbed-run.ts'

/** Actions forbidden to a worker, each with the one failure that proves it. */
const refused: readonly { readonly what: string; readonly command: string; readonly error: RegExp }[] = [
  { what: 'change the program', command: 'echo > /app/x', error: /Read-only file system/ },
  { what: 'write elsewhere', command: 'echo > /etc/x', error: /Read-only file system/ },
  {
    what: 'give files away',
    command: 'touch /data/x && chown 0 /data/x; s=$?; rm /data/x; exit $s',
    error: /Operation not permitted/,
  },
  { what: 'mount', command: 'mount -t tmpfs none /tmp', error: /permission denied|must be superuser/i },
]

export const confinement: Check = {
  name: 'services are confined: user, capabilities, read-only roots, memory, bounded logs, no secret on a command line',
  async run(bench) {
    await using run = await DisturbedRun.prepare(bench, { name: 'confinement', workers: 1, copies: 2 })
    const [worker] = await run.stack.workers()
    const redis = await run.stack.redis()
    await expectOutput(worker!, ['sh', '-c', 'echo $(id -u):$(id -g)'], testUser)
    for (const { what, command, error } of refused)
      expectRefusal(what, await worker!.try(['sh', '-c', command]), error)
    for (const container of [worker!, redis]) {
      const status = await container.exec(['cat', '/proc/1/status'])
      expectMatch('no capability', status, /^CapEff:\t0+$/m)
      expectMatch('no new privileges', status, /^NoNewPrivs:\t1$/m)
      const config = await container.inspect<HostConfig>('.HostConfig')
      const bounded = config.LogConfig.Type === 'json-file' && config.LogConfig.Config['max-size'] === '10m'
      if (!bounded || config.LogConfig.Config['max-file'] !== '3') throw new Error('Expected bounded logs')
      if (config.Memory === 0) throw new Error('Expected a limit of memory')
      const listed = await container.exec(['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'])
      if (listed.includes(run.stack.password)) throw new Error('The password is on a command line')
    }
    const wrong = await redis.try(['redis-cli', 'ping'], { REDISCLI_AUTH: 'wrong' })
    expectMatch('a password', wrong.stdout + wrong.stderr, /NOAUTH|WRONGPASS/)
    const policy = await run.stack.redisCommand('CONFIG', 'GET', 'max*')
    expectMatch('a bound on what Redis holds', policy, /maxmemory\n536870912/)
    expectMatch('refusing rather than forgetting', policy, /maxmemory-policy\nnoeviction/)
    const output = await worker!.output()
    if (output.includes(run.stack.password)) throw new Error('The password is in the log')
  },
}

interface HostConfig {
  readonly Memory: number
  readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> }
}

async function expectOutput(
  container: Container,
  command: readonly string[],
  expected: string,
): Promise<void> {
  const got = await container.exec(command)
  if (got !== expected) throw new Error(`Expected \`${command.join(' ')}\` to say ${expected}, got ${got}`)
}

function expectRefusal(what: string, { status, stderr }: CommandResult, error: RegExp): void {
  if (status === 0) throw new Error(`A process in a worker can ${what}`)
  if (!error.test(stderr))
    throw new Error(`Expected that it cannot ${what} because of ${error.source}, got: ${stderr}`)
}

function expectMatch(what: string, text: string, pattern: RegExp): void {
  if (!pattern.test(text))
    throw new Error(`Expected ${what} (${pattern.source}), got:\n${text.slice(0, 400)}`)
}
