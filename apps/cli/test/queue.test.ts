import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRunClient, resolveConnection } from '@sluice/queue'
import { expect, test, type TestContext } from 'vitest'
import { RedisServer, freePort, makeTestCertificate, temporaryFolder, theVerdict } from '@sluice/testing'
import { sluice } from './sluice.ts'
import { startWorker } from './start-worker.ts'

/** A data folder with the example text in it. */
function dataFolder({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): string {
  const root = temporaryFolder({ removeAt: onTestFinished })
  mkdirSync(join(root, 'corpus'))
  copyFileSync(theVerdict, join(root, 'corpus', 'the-verdict.txt'))
  return root
}

const options = ['--max-length', '16', '--embeddings', 'none'] as const

test.concurrent('enqueue --wait makes what run makes, and the same again does nothing', async (context) => {
  await using redis = await RedisServer.start()
  const root = dataFolder(context)
  await using _ = startWorker(root, redis.url)
  const enqueue = ['enqueue', 'corpus/*.txt', '--out', 'queued', '--redis', redis.url, ...options]
  const first = await sluice([...enqueue, '--wait'], { cwd: root })
  expect(first.stderr).toMatch(/tokens\/s|tasks on the queue/)
  expect(first.stdout).toMatch(/^run-[0-9a-f]{16} is on the queue\nrun-[0-9a-f]{16} {2}done after /)
  expect(first.code).toBe(0)
  const runId = /^run-[0-9a-f]+/.exec(first.stdout)![0]
  await sluice(['run', 'corpus/*.txt', '--out', 'local', '--quiet', ...options], { cwd: root })
  expect(readFileSync(join(root, 'queued', 'manifest.json'), 'utf8')).toBe(
    readFileSync(join(root, 'local', 'manifest.json'), 'utf8'),
  )
  const again = await sluice([...enqueue, '--wait'], { cwd: root })
  expect(again.stdout).toBe(`${runId} is done already\n`)
  const jobs = await sluice(['jobs', '--redis', redis.url])
  expect(jobs.stdout).toMatch(new RegExp(`${runId} +done +queued +corpus/the-verdict.txt`))
  expect(jobs.stdout).toContain('tasks: 0 waiting, 0 active, 0 delayed, 0 failed, 1 worker')
  const status = await sluice(['status', runId, '--redis', redis.url, '--json'])
  expect(JSON.parse(status.stdout)).toMatchObject({ state: 'done', result: { windows: 321 } })
})

test.concurrent.each([{ pool: [] }, { pool: ['--pool', 'mean'] }])(
  'rows of documents are made on a queue as run makes them: $pool',
  async ({ pool }) => {
    await using redis = await RedisServer.start()
    const root = temporaryFolder()
    const lines = ['the cat', 'a', 'a dog and a cow'].map((text) => `${JSON.stringify({ text })}\n`)
    writeFileSync(join(root, 'corpus.jsonl'), lines.join(''))
    await using _ = startWorker(root, redis.url)
    const rows = ['--per', 'document', '--dim', '4', ...pool]
    const enqueue = ['enqueue', 'corpus.jsonl', '--out', 'queued', '--redis', redis.url, ...rows]
    expect(await sluice([...enqueue, '--wait'], { cwd: root })).toMatchObject({ code: 0 })
    expect(
      await sluice(['run', 'corpus.jsonl', '--out', 'local', '--quiet', ...rows], { cwd: root }),
    ).toMatchObject({
      code: 0,
    })
    expect(readFileSync(join(root, 'queued', 'manifest.json'), 'utf8')).toBe(
      readFileSync(join(root, 'local', 'manifest.json'), 'utf8'),
    )
    const [runId] = /run-[0-9a-f]{16}/.exec((await sluice(['jobs', '--redis', redis.url])).stdout)!
    const status = await sluice(['status', runId, '--redis', redis.url])
    expect(status.stdout).toMatch(/dataset {2}queued: 3 documents, /)
  },
)

test.concurrent('a run is cancelled, retried, and done', async (context) => {
  await using redis = await RedisServer.start()
  const root = dataFolder(context)
  const enqueue = ['enqueue', 'corpus', '--out', 'out', '--redis', redis.url, '--quiet', ...options]
  const runId = (await sluice(enqueue, { cwd: root })).stdout.trim()
  expect((await sluice(enqueue, { cwd: root })).stdout.trim()).toBe(runId)
  expect((await sluice(['cancel', runId, '--redis', redis.url])).code).toBe(0)
  expect((await sluice(['status', runId, '--redis', redis.url])).stdout).toContain('cancelled')
  const watched = await sluice(['watch', runId, '--redis', redis.url])
  expect(watched.stderr).toContain(`sluice: ${runId} was cancelled`)
  expect(watched.code).toBe(1)
  expect((await sluice(['retry', runId, '--redis', redis.url])).stdout).toContain('on the queue again')
  await using _ = startWorker(root, redis.url)
  const done = await sluice(['watch', runId, '--redis', redis.url])
  expect(done.stdout).toMatch(/done after .*, start 2\n/)
  const late = await sluice(['cancel', runId, '--redis', redis.url])
  expect(late).toMatchObject({ code: 2, stderr: `sluice: ${runId} is done: there is nothing to cancel\n` })
  const other = await sluice(['status', 'run-0', '--redis', redis.url])
  expect(other).toMatchObject({ code: 2 })
  expect(other.stderr).toMatch(/^sluice: No run run-0 on redis:/)
})

test.concurrent('a run whose input is unusable fails once, and says why', async (context) => {
  await using redis = await RedisServer.start()
  const root = dataFolder(context)
  writeFileSync(join(root, 'bad.txt'), Buffer.from('these are not \xff UTF-8 words', 'latin1'))
  await using _ = startWorker(root, redis.url)
  const flags = ['--out', 'out', '--redis', redis.url, '--wait', '--max-length', '4', '--embeddings', 'none']
  const failed = await sluice(['enqueue', 'bad.txt', ...flags], { cwd: root })
  expect(failed.code).toBe(1)
  expect(failed.stderr).toMatch(/failed: CorpusError invalid-utf8: .*bad\.txt/)
})

test.concurrent('a split makes the two datasets of one process, enqueued again too', async (context) => {
  await using redis = await RedisServer.start()
  const root = dataFolder(context)
  const records = Array.from({ length: 60 }, (_, n) => JSON.stringify({ text: `record ${n} of a few words` }))
  writeFileSync(join(root, 'corpus', 'records.jsonl'), records.join('\n'))
  const split = ['corpus', '--split', '0.3,7', ...options]
  const enqueue = ['enqueue', ...split, '--out', 'queued', '--redis', redis.url]
  const unfinished = await sluice([...enqueue, '--json'], { cwd: root })
  const { runId, validation } = JSON.parse(unfinished.stdout)
  expect(unfinished.code).toBe(0)
  expect(validation.runId).not.toBe(runId)
  await using _ = startWorker(root, redis.url)
  const first = await sluice([...enqueue, '--wait'], { cwd: root })
  expect(first.stdout).toContain(
    `${validation.runId} is on the queue already\n${runId} is on the queue already\n`,
  )
  expect(first.stdout.match(/done after/g)).toHaveLength(2)
  await sluice(['run', ...split, '--out', 'local', '--quiet'], { cwd: root })
  for (const name of ['train', 'validation']) {
    const [queued, local] = ['queued', 'local'].map((folder) =>
      readFileSync(join(root, folder, name, 'manifest.json'), 'utf8'),
    )
    expect(queued).toBe(local)
  }
  const again = await sluice([...enqueue, '--wait'], { cwd: root })
  expect(again.stdout).toBe(`${validation.runId} is done already\n${runId} is done already\n`)
  const piped = await sluice([...enqueue.with(1, 'https://localhost:1/a.txt')], { cwd: root })
  expect(piped).toMatchObject({ code: 2 })
  expect(piped.stderr).toMatch(
    /^sluice: A corpus that is downloaded or piped can be split by one process only/,
  )
})

test.concurrent(
  'over TLS with a password, enqueue and workers trust only the authority that they are given',
  async (context) => {
    const root = dataFolder(context)
    const { authority, certificate, key } = makeTestCertificate(root)
    const port = await freePort()
    const tls = ['--tls-port', `${port}`, '--tls-cert-file', certificate, '--tls-key-file', key]
    const more = ['--tls-ca-cert-file', authority, '--tls-auth-clients', 'no', '--requirepass', 'hunter2']
    await using _redis = await RedisServer.start({ arguments: [...tls, ...more] })
    const url = `rediss://:hunter2@127.0.0.1:${port}`
    await using _ = startWorker(root, url, { SLUICE_REDIS_CA_FILE: authority })
    const shell = `export SLUICE_REDIS_CA_FILE=${authority}`
    const enqueue = ['enqueue', 'corpus', '--out', 'out', '--redis', url, '--wait', ...options]
    const done = await sluice(enqueue, { cwd: root, shell })
    expect(done.stdout).toMatch(/run-[0-9a-f]{16} {2}done after /)
    const refusals = [
      [{ url }, /self-signed certificate/],
      [{ url: url.replace('hunter2', 'wrong-secret'), caFile: authority }, /WRONGPASS/],
    ] as const
    for (const [connectionOptions, why] of refusals) {
      const opening = openRunClient({ connection: resolveConnection(connectionOptions), timeoutMs: 1000 })
      const error: unknown = await opening.catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: 'queue-unreachable',
        message: expect.stringMatching(why) as string,
      })
      expect(String(error)).not.toMatch(/hunter2|secret/)
    }
  },
)

test.concurrent(
  'a queue that is away is told within seconds, with the address and without the password',
  async (context) => {
    const root = dataFolder(context)
    const url = `redis://user:hunter2@127.0.0.1:${await freePort()}`
    const down = await sluice(['enqueue', 'corpus', '--out', 'out', '--redis', url], { cwd: root })
    expect(down.code).toBe(1)
    expect(down.stderr).toMatch(
      /^sluice: redis:\/\/127\.0\.0\.1:\d+\/0 did not answer within 5 s .*ECONNREFUSED/,
    )
    expect(down.stderr).not.toContain('hunter2')
  },
)

test.concurrent(
  'a corpus outside of the data folder is refused before anything is planned',
  async (context) => {
    const root = dataFolder(context)
    const outside = await sluice(['enqueue', theVerdict, '--out', 'out', '--root', root], { cwd: root })
    expect(outside.code).toBe(2)
    expect(outside.stderr).toMatch(/to be below the data folder/)
    const climbing = await sluice(['enqueue', 'corpus', '--out', '../out'], { cwd: root })
    expect(climbing.code).toBe(2)
  },
)

test.concurrent('neither --help nor run loads the queue', async (context) => {
  const root = dataFolder(context)
  const spy = join(root, 'spy.cjs')
  writeFileSync(
    spy,
    `process.on('exit', () => {
      const loaded = Object.keys(require.cache).filter((path) => /node_modules.(bullmq|ioredis|pg)[^a-z]/.test(path))
      require('node:fs').appendFileSync(${JSON.stringify(join(root, 'loaded'))}, loaded.length + ' ')
    })`,
  )
  const shell = `export NODE_OPTIONS="--require ${spy}"`
  await sluice(['--help'], { cwd: root, shell })
  await sluice(['run', 'corpus', '--out', 'out', '--quiet', ...options], { cwd: root, shell })
  await sluice(['jobs', '--redis', 'redis://127.0.0.1:1'], { cwd: root, shell })
  const [help, run, jobs] = readFileSync(join(root, 'loaded'), 'utf8').trim().split(' ').map(Number)
  expect([help, run]).toEqual([0, 0])
  // The spy sees it where it is loaded.
  expect(jobs).toBeGreaterThan(50)
})
