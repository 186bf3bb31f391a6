import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createMetrics } from '../src/metrics.ts'
import { readSettings } from '../src/settings.ts'
import { freePort, imageCommand, temporaryFolder, until } from '@sluice/testing'

const root = new URL('../../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

interface Service {
  readonly image?: string
  readonly build?: { readonly target: string }
  readonly user?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly healthcheck?: unknown
  readonly mem_limit?: string
  readonly pids_limit?: number
  readonly stop_grace_period?: string
  readonly read_only?: boolean
  readonly restart?: string
  readonly init?: boolean
  readonly profiles?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly cap_drop?: readonly string[]
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose
const services = Object.entries(compose.services)
const dockerfile = read('Dockerfile')

test.each(services)('%s runs confined: read-only, no capabilities, limited, pinned', (name, service) => {
  expect(service.read_only).toBe(true)
  expect(service.cap_drop).toEqual(['ALL'])
  expect(service.init).toBe(true)
  expect(service.mem_limit, name).toBeDefined()
  expect(service.pids_limit, name).toBeLessThanOrEqual(512)
  expect(service.stop_grace_period).toMatch(/^\d+s$/)
  expect(service.healthcheck ?? service.build ?? service.depends_on).toBeDefined()
  expect(service.image).toMatch(/:v?\d+\.\d+\.\d+/)
})

test('every named volume, bind mount and dependency exists', () => {
  for (const [, { volumes = [], depends_on: needs = {} }] of services) {
    for (const volume of volumes) {
      const [from = ''] = volume.replace(/\$\{[^}]*\}/, './').split(':')
      if (!from.startsWith('.')) expect(compose.volumes).toHaveProperty(from)
    }
    for (const need of Object.keys(needs)) expect(compose.services).toHaveProperty(need)
  }
})

test('redis keeps its data in an append-only file on its own volume, evicts nothing, and has a password', () => {
  const { command = [], volumes, healthcheck, ports } = compose.services['redis']!
  const settings = command.join(' ')
  const lines = ['requirepass $$REDIS_PASSWORD', 'appendonly yes', 'maxmemory-policy noeviction', 'save ""']
  for (const line of lines) expect(settings).toContain(`\n${line}\n`)
  expect(volumes).toEqual(['redis:/data'])
  expect(healthcheck).toBeDefined()
  expect(ports).toBeUndefined()
})

test('the command of redis starts a server that asks for the password and writes the append-only file', async () => {
  const folder = temporaryFolder()
  const port = await freePort()
  const [shell = '', flag = '', text = ''] = compose.services['redis']!.command!
  const here = `redis-server --port ${port} --bind 127.0.0.1 `
  const script = text
    .replaceAll('$$', '$')
    .replace('redis-server ', here)
    .replace('dir /data', `dir ${folder}`)
  const server = spawn(shell, [flag, script], {
    env: { ...process.env, REDIS_PASSWORD: 'abc', REDIS_MAXMEMORY: '64mb' },
    stdio: 'ignore',
  })
  const ask = (password: string): string =>
    spawnSync('redis-cli', ['-p', String(port), 'ping'], {
      env: { ...process.env, REDISCLI_AUTH: password },
      encoding: 'utf8',
    }).stdout
  try {
    await until(
      () => ask('abc') === 'PONG\n',
      20_000,
      () => 'redis',
    )
    expect(ask('wrong')).toContain('NOAUTH')
    expect(readdirSync(folder)).toContain('appendonlydir')
    spawnSync('redis-cli', ['-p', String(port), 'shutdown'], {
      env: { ...process.env, REDISCLI_AUTH: 'abc' },
    })
  } finally {
    server.kill('SIGKILL')
  }
})

test('nothing that asks for a password starts without one', () => {
  for (const [, name, otherwise] of read('docker-compose.yml').matchAll(/\$\{(REDIS_PASSWORD)(.*?)\}/g))
    expect(otherwise, name).toMatch(/^:\?/)
  const [script = ''] = compose.services['grafana']!.command!
  const start = (password: string) =>
    spawnSync('sh', ['-c', script.replaceAll('$$', '$').replace('/run.sh', 'true')], {
      env: { ...process.env, GF_SECURITY_ADMIN_PASSWORD: password },
      encoding: 'utf8',
    })
  expect(start('')).toMatchObject({ status: 1, stderr: expect.stringContaining('GRAFANA_PASSWORD') })
  expect(start('abc')).toMatchObject({ status: 0, stderr: '' })
})

test('workers start after redis, drain before they are killed, and use only settings that exist', () => {
  for (const name of ['worker', 'worker-gpu']) {
    const service = compose.services[name]!
    expect(service.user).toBe('${SLUICE_USER:-1000:1000}')
    expect(service.restart).toBe('unless-stopped')
    expect(service.depends_on).toEqual({
      redis: { condition: 'service_healthy' },
      data: { condition: 'service_completed_successfully' },
    })
    const environment = Object.entries(service.environment!).map(([key, value]) => [
      key,
      value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1').replaceAll(/\$\{[^}]*\}/g, 'x'),
    ])
    const settings = readSettings(Object.fromEntries(environment) as NodeJS.ProcessEnv)
    const grace = Number.parseInt(service.stop_grace_period!, 10) * 1000
    expect(grace).toBeGreaterThan(settings.drainMs + 5000)
  }
  expect(compose.services['worker-gpu']).toMatchObject({ profiles: ['gpu'] })
})

test('every variable of the compose file is in .env.example, and no other', () => {
  const used = [...read('docker-compose.yml').matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name)
  const offered = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name)
  expect(new Set(offered)).toEqual(new Set(used))
})

test('images are pinned, do not run as root, and report their health', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1)
  for (const [, image] of dockerfile.matchAll(/^ARG \w+_IMAGE=(.*)$/gm))
    expect(image).toMatch(/:\d+\.\d+\.\d+/)
  const targets = services.flatMap(([, { build }]) => (build === undefined ? [] : [build.target]))
  for (const target of targets) {
    const stage = stages.find(
      (text) => text.startsWith('$') && text.split('\n')[0]!.endsWith(` AS ${target}`),
    )!
    expect(stage).toMatch(/^USER node$/m)
    expect(stage).toMatch(/^HEALTHCHECK /m)
    expect(stage).toMatch(/^STOPSIGNAL SIGTERM$/m)
    expect(stage).toContain(`CMD ${JSON.stringify(imageCommand()).replaceAll('","', '", "')}`)
    expect(stage.indexOf('\nUSER node')).toBeLessThan(stage.indexOf('\nCMD '))
  }
  expect(dockerfile).toContain(`node:${process.versions.node}-`)
})

test('the dashboard asks only for metrics that workers have', async () => {
  const page = await createMetrics({ worker: () => undefined, root: '.' }).render()
  const dashboard = JSON.parse(read('deploy/grafana/dashboards/sluice.json')) as {
    panels: { targets: { expr: string }[] }[]
  }
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const names = new Set(expressions.flatMap((text) => text.match(/(sluice|process)_\w+/g) ?? []))
  expect(names.size).toBeGreaterThan(8)
  for (const name of names) expect(page).toContain(`# TYPE ${name.replace(/_bucket$/, '')} `)
})

test("a worker's HTTP is on loopback unless told, and the images tell it", () => {
  expect(readSettings({}).httpHost).toBe('127.0.0.1')
  expect(readSettings({ SLUICE_HTTP_HOST: '0.0.0.0' }).httpHost).toBe('0.0.0.0')
  const images = dockerfile.split(/^FROM /m).filter((stage) => stage.includes('EXPOSE 9464'))
  expect(images.length).toBe(2)
  for (const image of images) expect(image).toMatch(/^ENV .*SLUICE_HTTP_HOST=0\.0\.0\.0/m)
})
