import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { RedisServer, temporaryFolder, WorkerProcess, withoutRedis } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'

/** A server on loopback that answers everything below `/ok` and refuses the rest. */
async function serve(answer: RequestListener): Promise<{ readonly host: string } & AsyncDisposable> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
}

test.skipIf(withoutRedis)(
  'nothing that a run, an enqueue and a worker leave holds a secret, whatever the source',
  async () => {
    const text = 'the quick brown fox jumps over the lazy dog. '.repeat(50)
    const seen: string[] = []
    await using server = await serve(({ url = '', headers }, response) => {
      seen.push(JSON.stringify([url, headers]))
      if (!/^\/(ok|bucket\/ok)/.test(url)) return void response.writeHead(403).end('PLANTED-body')
      response.setHeader('etag', '"v1"').setHeader('content-length', text.length).end(text)
    })
    const redisFolder = temporaryFolder()
    await using redis = await RedisServer.start({
      folder: redisFolder,
      arguments: ['--requirepass', 'PLANTED-redis'],
    })
    const redisUrl = redis.url.replace('//', '//:PLANTED-redis@')
    const [root, elsewhere] = [join(temporaryFolder(), 'data'), temporaryFolder()]
    mkdirSync(join(root, 'runs'), { recursive: true })
    const credentials = join(elsewhere, 'credentials.json')
    const bearer = { headers: { authorization: 'Bearer PLANTED-bearer' }, query: { key: 'PLANTED-key' } }
    writeFileSync(credentials, JSON.stringify({ [`http://localhost:${server.host.split(':')[1]}`]: bearer }))
    const ofWorker = {
      SLUICE_REDIS_URL: redisUrl,
      AWS_ENDPOINT_URL_S3: `http://${server.host}`,
      AWS_ACCESS_KEY_ID: 'PLANTED-id',
      AWS_SECRET_ACCESS_KEY: 'PLANTED-secret',
      AWS_SESSION_TOKEN: 'PLANTED-session',
    }
    const environment = { ...ofWorker, SLUICE_HTTP_CREDENTIALS: credentials }
    const shell = Object.entries(environment)
      .map(([name, value]) => `export ${name}='${value}'`)
      .join('; ')
    const sources: Readonly<Record<string, string>> = {
      url: `http://user:PLANTED-pw@${server.host}/ok/a.txt?token=PLANTED&X-Amz-Signature=PLANTED#PLANTED`,
      bearer: `http://localhost:${server.host.split(':')[1]}/ok/b.txt`,
      s3: 's3://bucket/ok/c.txt',
      refused: `http://user:PLANTED-pw@${server.host}/no/a.txt?token=PLANTED`,
      refusedS3: 's3://bucket/no/c.txt',
      nobody: 'http://user:PLANTED-pw@127.0.0.1:1/a.txt?token=PLANTED',
      invalid: 'http://user:PLANTED-pw@127.0.0.1:port/a.txt?token=PLANTED',
      folder: `http://user:PLANTED-pw@${server.host}/ok/*.txt?token=PLANTED`,
    }
    const isGood = (name: string): boolean => ['url', 'bearer', 's3'].includes(name)
    const bad: Readonly<Record<string, string>> = { refused: 'run', invalid: 'run' }
    const places = new Map<string, string>()
    await using worker = new WorkerProcess({ ...ofWorker, SLUICE_ROOT: root, SLUICE_THREADS: '1' })
    const port = await worker.port()
    const options = ['--max-length', '8', '--dim', '2']
    const commands = Object.entries(sources).flatMap(([name, source]) => {
      const run = ['run', source, '--out', join(elsewhere, name), ...options]
      const queued = ['enqueue', source, '--out', `runs/${name}`, '--wait', ...options]
      return isGood(name)
        ? [[name, run] as const, [name, queued] as const]
        : [[name, bad[name] === 'run' ? run : queued] as const]
    })
    commands.push(['folder', ['estimate', sources['folder']!, ...options]])
    await Promise.all(
      commands.map(async ([name, args]) => {
        const { stdout, stderr, code } = await sluice(args, { cwd: root, shell })
        if (isGood(name)) expect({ code, stderr }).toMatchObject({ code: 0 })
        places.set(`${args[0]} ${name}: standard output`, stdout)
        places.set(`${args[0]} ${name}: standard error`, stderr)
      }),
    )
    for (const args of [['jobs'], ['jobs', '--json'], ['inspect', join(elsewhere, 'url'), '--json']])
      places.set(args.join(' '), JSON.stringify(await sluice(args, { cwd: root, shell })))
    // A run whose copies are gone fails on the worker: its reason is kept in the queue.
    for (const path of ['metrics', 'healthz', 'readyz'])
      places.set(path, await (await fetch(`http://127.0.0.1:${port}/${path}`)).text())
    for (const [place, lines] of [
      ['log', JSON.stringify(worker.lines)],
      ['errors', worker.errors],
    ] as const)
      places.set(`worker: ${place}`, lines)
    // Everything that the server has: each write is in its file.
    for (const folder of [redisFolder, root, elsewhere]) {
      for (const path of filesBelow(folder)) {
        if (path !== credentials) places.set(path, `${path} ${readFileSync(path, 'latin1')}`)
      }
    }
    const names = [...places.keys()].map((place) => place.slice(place.lastIndexOf('/') + 1))
    for (const name of ['plan.json', 'manifest.json', 'header.json', 'tables.json'])
      expect(names).toContain(name)
    expect(names.some((name) => name.endsWith('.aof'))).toBe(true)
    expect([...places].filter(([, content]) => content.includes('PLANTED')).map(([place]) => place)).toEqual(
      [],
    )
    // The secrets were there to be leaked: the servers got them.
    for (const secret of ['PLANTED-bearer', 'PLANTED-key', 'PLANTED-id', 'PLANTED-session', 'token=PLANTED'])
      expect(seen.join('\n')).toContain(secret)
    expect(dirname(credentials)).toBe(elsewhere)
  },
  300_000,
)
