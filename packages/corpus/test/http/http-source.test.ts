import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import type { HttpOptions } from '../../src/http/http-options.ts'
import { backoffMs, TemporaryFailure } from '../../src/http/retry.ts'
import { resolveHttpOptions } from '../../src/http/http-options.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { spoolSource } from '../../src/sources/spool.ts'
import { serve, TestServer, type ObjectOptions } from './test-server.ts'

const content = randomBytes(3_000_000)
const quick: HttpOptions = { backoffMs: 1, maxBackoffMs: 5, timeoutMs: 2000 }

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = []
  for await (const chunk of chunks) copies.push(Buffer.from(chunk))
  return Buffer.concat(copies)
}

function answering(options: ObjectOptions) {
  return (request: IncomingMessage, response: ServerResponse) => serve(request, response, content, options)
}

test('an object is read by ranges and as a stream, and a strong ETag is its identity', async () => {
  await using server = await TestServer.start(answering({ etag: '"v1"' }))
  await using source = await openSource(`${server.url}/a.txt?signature=secret`, { http: quick })
  expect(source.name).toBe(`${server.url}/a.txt?…`)
  expect(source.seekable).toBe(true)
  expect(source.byteLength).toBe(content.length)
  expect(
    Buffer.from(await source.read(2_000_000, 2_000_100)).equals(content.subarray(2_000_000, 2_000_100)),
  ).toBe(true)
  expect(
    (await collect(source.stream({ start: 10, end: 1_500_000 }))).equals(content.subarray(10, 1_500_000)),
  ).toBe(true)
  expect(await source.identify()).toStrictEqual({ byteLength: content.length, etag: '"v1"' })
})

test('an object with a weak ETag is identified by a hash of its content', async () => {
  await using server = await TestServer.start(answering({ etag: 'W/"v1"' }))
  await using source = await openSource(server.url, { http: quick })
  const sha256 = createHash('sha256').update(content).digest('hex')
  expect(await source.identify()).toStrictEqual({ byteLength: content.length, sha256 })
})

test('with a strong ETag a download that breaks again and again resumes where it was', async () => {
  await using server = await TestServer.start(answering({ etag: '"v1"', breakAfter: 700_000 }))
  await using source = await openSource(server.url, { http: { ...quick, retries: 9 } })
  expect((await collect(source.stream())).equals(content)).toBe(true)
  expect(server.requests.length).toBeGreaterThan(4)
})

for (const [what, options] of Object.entries({
  'a date': { lastModified: 'Tue, 24 Nov 2026 09:00:00 GMT' },
  'a weak ETag': { etag: 'W/"v1"' },
  'no validator': {},
})) {
  test(`with ${what} a broken download starts again, and is refused if what was read changed`, async () => {
    const changed = Buffer.from(content).fill(0, 500_000, 500_001)
    for (const second of [content, changed]) {
      let answers = 0
      await using server = await TestServer.start((request, response) => {
        if (answers++ < 2) serve(request, response, content, { ...options, breakAfter: 700_000 })
        else serve(request, response, second, options)
      })
      await using source = await openSource(server.url, { http: quick })
      const reading = collect(source.stream())
      if (second === content) expect((await reading).equals(content)).toBe(true)
      else await expect(reading).rejects.toMatchObject({ code: 'source-changed' })
      expect(source.seekable).toBe(what === 'a date')
    }
  })
}

test('a server that gives a little now and then is too slow, and a body without an end too large', async () => {
  await using server = await TestServer.start((request, response) => {
    if (request.headers.range === undefined) return
    response.writeHead(200)
    const timer = setInterval(() => response.write('x'), 5)
    response.on('close', () => clearInterval(timer))
  })
  const slow = { ...quick, retries: 0, timeoutMs: 100, minBytesPerSecond: 100_000 }
  await expect(openSource(server.url, { http: slow })).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining('less than 100000 bytes a second'),
  })
  await using endless = await TestServer.start((_, response) => {
    const timer = setInterval(() => response.write(Buffer.alloc(1 << 16)), 1)
    response.on('close', () => clearInterval(timer))
  })
  await using source = await openSource(endless.url, { http: { ...quick, maxUndeclaredBytes: 1_000_000 } })
  await expect(collect(source.stream())).rejects.toMatchObject({ code: 'too-large' })
})

for (const [what, options] of Object.entries({
  'a length': { etag: '"v1"', ranges: false },
  'no length': { ranges: false, chunked: true },
})) {
  test(`a server that ignores ranges and sends ${what} is read from the beginning again`, async () => {
    let breaks = 2
    await using server = await TestServer.start((request, response) => {
      serve(request, response, content, {
        ...options,
        breakAfter:
          request.headers.range?.startsWith('bytes=0-65535') || breaks-- <= 0 ? Infinity : 1_100_000,
      })
    })
    await using source = await openSource(server.url, { http: quick })
    expect(source.seekable).toBe(false)
    expect((await collect(source.stream())).equals(content)).toBe(true)
    expect(server.requests.length).toBe(4)
    await expect(source.read(2_000_000, 2_000_001)).rejects.toMatchObject({ code: 'not-seekable' })
  })
}

test('content that changes in the middle is an error that says so, by ETag, length or what was read before', async () => {
  const other = Buffer.from(content).fill(0, 0, 10)
  const changes: readonly (readonly [ObjectOptions, Uint8Array, ObjectOptions])[] = [
    [{ etag: '"v1"' }, other, { etag: '"v2"' }],
    [{}, content.subarray(1), {}],
    [{ ranges: false }, other, { ranges: false }],
    [
      { lastModified: 'Tue, 24 Nov 2026 09:00:00 GMT' },
      other,
      { lastModified: 'Tue, 24 Nov 2026 09:00:01 GMT' },
    ],
  ]
  for (const [first, changed, second] of changes) {
    let answers = 0
    await using server = await TestServer.start((request, response) => {
      if (answers++ < 2) serve(request, response, content, { ...first, breakAfter: 1_048_576 })
      else serve(request, response, changed, second)
    })
    await using source = await openSource(server.url, { http: quick })
    await expect(collect(source.stream())).rejects.toMatchObject({
      code: 'source-changed',
      source: `${server.url}/`,
    })
  }
})

test('an answer in part that is not the part asked for is never taken for it', async () => {
  const total = content.length
  const at = 2_000_000
  /** What is wrong with the answer to a range: its Content-Range, and the first byte that it gives. */
  const answers: Readonly<Record<string, readonly [string | undefined, number, string]>> = {
    'no word of which part': [undefined, 0, 'http-status'],
    'an earlier part': [`bytes 5-${total - 1}/${total}`, 5, 'source-changed'],
    'another total': [`bytes ${at}-${total}/${total + 1}`, at, 'source-changed'],
    'a word that is none': ['bytes x-y/z', at, 'http-status'],
    'several parts': ['multipart', at, 'http-status'],
  }
  for (const [what, [contentRange, first, code]] of Object.entries(answers)) {
    await using server = await TestServer.start((request, response) => {
      // The answers by which a source is opened are right.
      const start = Number(/bytes=(\d+)/.exec(request.headers.range ?? '')?.[1])
      if (start !== at) return serve(request, response, content, { etag: '"v1"' })
      const isMultipart = contentRange === 'multipart'
      response.writeHead(206, {
        etag: '"v1"',
        ...(contentRange !== undefined && !isMultipart && { 'content-range': contentRange }),
        ...(isMultipart && { 'content-type': 'multipart/byteranges; boundary=x' }),
      })
      response.end(content.subarray(first))
    })
    await using source = await openSource(server.url, { http: quick })
    await expect(source.read(at, at + 1000), what).rejects.toMatchObject({ code, source: `${server.url}/` })
  }
})

test('a redirect that leads to nothing, or out of the web, is refused', async () => {
  for (const [location, message] of [
    ['file:///etc/passwd', 'is redirected from http: to file:, which is refused'],
    ['gopher://127.0.0.1/', 'is redirected from http: to gopher:, which is refused'],
    ['http://[::1', 'is redirected to an address that is not valid'],
    [undefined, 'the server answered 302'],
  ] as const) {
    await using server = await TestServer.start((_request, response) =>
      response.writeHead(302, location === undefined ? {} : { location }).end(),
    )
    const opened = openSource(server.url, { http: quick })
    await expect(opened).rejects.toThrow(message)
    expect(server.requests).toHaveLength(1)
  }
})

test('temporary answers are tried again, up to a limit; final ones are not', async () => {
  let failures = 3
  await using server = await TestServer.start((request, response) => {
    if (request.url === '/gone') response.writeHead(404).end()
    else if (request.url === '/secret') response.writeHead(403).end()
    else if (request.url === '/busy' || failures-- > 0) response.writeHead(503, { 'retry-after': '1' }).end()
    else serve(request, response, content, { etag: '"v1"' })
  })
  await using source = await openSource(server.url, { http: quick })
  expect((await collect(source.stream())).equals(content)).toBe(true)
  const before = server.requests.length
  await expect(openSource(`${server.url}/gone`, { http: quick })).rejects.toMatchObject({ code: 'not-found' })
  await expect(openSource(`${server.url}/secret`, { http: quick })).rejects.toMatchObject({
    code: 'not-readable',
  })
  expect(server.requests.length).toBe(before + 2)
  await expect(openSource(`${server.url}/busy`, { http: { ...quick, retries: 2 } })).rejects.toMatchObject({
    code: 'network',
    message: `${server.url}/busy: could not be read: the server answered 503 (tried 3 times); check the network and try again`,
  })
  expect(server.requests.length).toBe(before + 5)
})

test('the wait before a retry doubles up to a limit, and heeds the server up to the same limit', () => {
  const options = resolveHttpOptions({ backoffMs: 100, maxBackoffMs: 1000 })
  const waits = [0, 1, 2, 3, 4, 50].map((failures) => backoffMs(failures, new Error('reset'), options))
  expect(waits).toStrictEqual([100, 200, 400, 800, 1000, 1000])
  expect(backoffMs(0, new TemporaryFailure('busy', 700), options)).toBe(700)
  expect(backoffMs(0, new TemporaryFailure('busy', 3_600_000), options)).toBe(1000)
})

test('a server that falls silent runs into the time limit', async () => {
  await using server = await TestServer.start((_request, response) => {
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.subarray(0, 1000))
  })
  const http = { ...quick, timeoutMs: 50, retries: 1 }
  await expect(openSource(server.url, { http })).rejects.toMatchObject({ code: 'network' })
})

test('a reader that takes its time is not taken for a silent server', async () => {
  await using server = await TestServer.start(answering({ etag: '"v1"' }))
  await using source = await openSource(server.url, { http: { ...quick, timeoutMs: 100, retries: 0 } })
  let length = 0
  let waits = 2
  for await (const chunk of source.stream()) {
    length += chunk.length
    if (waits-- > 0) await new Promise((resolve) => setTimeout(resolve, 150))
  }
  expect(length).toBe(content.length)
})

test('redirects are followed up to a limit, without credentials to another origin', async () => {
  await using target = await TestServer.start(answering({ etag: '"v1"' }))
  await using server = await TestServer.start((request, response) => {
    const location =
      request.url === '/round' ? '/round' : request.url === '/once' ? target.url : 'file:///etc/passwd'
    response.writeHead(302, { location }).end()
  })
  const http = { ...quick, headers: { authorization: 'Bearer secret' } }
  await using source = await openSource(`${server.url}/once`, { http })
  expect(source.byteLength).toBe(content.length)
  expect(server.requests[0]?.headers.authorization).toBe('Bearer secret')
  expect(target.requests[0]?.headers.authorization).toBeUndefined()
  await expect(openSource(`${server.url}/round`, { http })).rejects.toMatchObject({
    code: 'too-many-redirects',
  })
  await expect(openSource(`${server.url}/file`, { http })).rejects.toMatchObject({ code: 'address-refused' })
})

test('a source larger than the limit is refused, whether it says its length or not', async () => {
  const http = { ...quick, maxBytes: 2_000_000 }
  await using server = await TestServer.start(answering({}))
  await expect(openSource(server.url, { http })).rejects.toMatchObject({ code: 'too-large' })
  await using silent = await TestServer.start(answering({ ranges: false, chunked: true }))
  await using source = await openSource(silent.url, { http })
  await expect(collect(source.stream())).rejects.toMatchObject({ code: 'too-large' })
})

test('an empty object is a source of no bytes', async () => {
  await using server = await TestServer.start((request, response) =>
    serve(request, response, new Uint8Array(0)),
  )
  await using source = await openSource(server.url, { http: quick })
  expect(source.byteLength).toBe(0)
  expect(await collect(source.stream())).toHaveLength(0)
})

test('a download into a folder resumes after its process was stopped, and appears when it is complete', async () => {
  const folder = temporaryFolder()
  let broken = true
  await using server = await TestServer.start((request, response) => {
    const breakAfter = broken && request.headers.range === undefined ? 1_200_000 : Infinity
    serve(request, response, content, { etag: '"v1"', breakAfter })
  })
  const url = `${server.url}/data/part.txt`
  await using first = await openSource(url, { http: { ...quick, retries: 0 } })
  await expect(spoolSource(first, folder)).rejects.toMatchObject({ code: 'network' })
  const [partial = ''] = await readdir(folder)
  expect(partial).toMatch(/^[0-9a-f]{64}\.part$/)
  const { size } = await stat(join(folder, partial))
  expect(size).toBeGreaterThan(0)
  broken = false
  await using second = await openSource(url, { http: quick })
  const { path, identity } = await spoolSource(second, folder)
  expect(server.requests.at(-1)?.headers.range).toBe(`bytes=${size}-2999999`)
  expect(identity).toStrictEqual({
    byteLength: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  })
  expect(path).toBe(join(folder, `${identity.sha256}-part.txt`))
  expect((await readFile(path)).equals(content)).toBe(true)
  expect(await readdir(folder)).toHaveLength(1)
})
