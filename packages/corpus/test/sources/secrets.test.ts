import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test, vi } from 'vitest'
import { redactLocator } from '../../src/bytes/locator.ts'
import { CorpusError } from '../../src/errors.ts'
import { credentialsFromEnvironment } from '../../src/http/http-credentials.ts'
import { listSources } from '../../src/listing/list-sources.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { serve, TestServer } from '../http/test-server.ts'

test('a locator is shown without user, password, query values and fragment', () => {
  const shown = {
    'http://user:PW@host:8080/a/b.txt?token=T&X-Amz-Signature=S#F': 'http://host:8080/a/b.txt?…',
    'https://TOKEN@host/@team/a.txt': 'https://host/@team/a.txt',
    'https://host/a.txt': 'https://host/a.txt',
    'https://host?sig=S': 'https://host/?…',
    'http://user:P@W:x@host/a': 'http://host/a',
    'http://user:P/W@host/a': 'http://host/a',
    'http://user:PW@': 'http://',
    'ftp://user:PW@host/a?b': 'ftp://host/a?…',
    's3://KEY:SECRET@bucket/a?.txt': 's3://bucket/a?.txt',
    's3://bucket/a#b?.txt': 's3://bucket/a#b?.txt',
    'books/what?.txt': 'books/what?.txt',
    '-': '-',
  }
  for (const [locator, expected] of Object.entries(shown)) expect(redactLocator(locator)).toBe(expected)
})

test('no error about a source has its secrets', async () => {
  await using server = await TestServer.start((_, response) => response.writeHead(403).end())
  const host = server.url.slice('http://'.length)
  const options = { http: { retries: 0, timeoutMs: 2000 } }
  for (const locator of [
    `http://user:PLANTED@${host}/a.txt?token=PLANTED#PLANTED`,
    'http://user:PLANTED@127.0.0.1:1/a?PLANTED',
    'http://user:PLANTED@host:port/a?key=PLANTED',
    'http://user:PLAN/PLANTED@/a',
    'http:///user:PLANTED@host:x',
    'ftp://user:PLANTED@host/a?PLANTED',
    's3://user:PLANTED@bucket/a',
    'gs://PLANTED@bucket/a',
  ]) {
    for (const open of [() => openSource(locator, options), () => listSources([`${locator}*`], options)]) {
      const error: unknown = await open().then(
        () => undefined,
        (failure: unknown) => failure,
      )
      if (error === undefined) continue
      expect(error).toBeInstanceOf(CorpusError)
      const all = JSON.stringify([(error as Error).stack, Object.values(error as object)])
      expect(all).not.toContain('PLANTED')
    }
  }
})

test('credentials reach their server only, from the options or from a file that the environment names', async () => {
  await using other = await TestServer.start((request, response) =>
    serve(request, response, Buffer.from('other'), { etag: '"o"' }),
  )
  await using server = await TestServer.start((request, response) => {
    if (request.url?.startsWith('/moved') === true)
      response.writeHead(302, { location: `${other.url}/a` }).end()
    else serve(request, response, Buffer.from('text'), { etag: '"t"' })
  })
  const entry = { headers: { 'x-api-key': 'K' }, username: 'u', password: 'p', query: { token: 'T' } }
  const path = join(temporaryFolder(), 'credentials.json')
  writeFileSync(path, JSON.stringify({ [server.url]: entry }))
  vi.stubEnv('SLUICE_HTTP_CREDENTIALS', path)
  try {
    for (const http of [{}, { credentials: { [server.url]: entry } }]) {
      await using source = await openSource(`${server.url}/a.txt`, { http })
      expect(source.name).toBe(`${server.url}/a.txt`)
      const { url, headers } = server.requests.at(-1)!
      expect(url).toBe('/a.txt?token=T')
      expect(headers).toMatchObject({ 'x-api-key': 'K', authorization: `Basic ${btoa('u:p')}` })
      await using moved = await openSource(`${server.url}/moved`, { http })
      expect(Buffer.from(await moved.head(9)).toString()).toBe('other')
      expect(other.requests.at(-1)!.url).toBe('/a')
      expect(other.requests.at(-1)!.headers).not.toMatchObject({ 'x-api-key': 'K' })
      expect(other.requests.at(-1)!.headers.authorization).toBeUndefined()
    }
  } finally {
    vi.unstubAllEnvs()
  }
})

test('a credentials file that cannot be used is refused without showing it', () => {
  const path = join(temporaryFolder(), 'credentials.json')
  for (const content of [
    'PLANTED',
    '["PLANTED"]',
    '{"host":{}}',
    '{"https://host/PLANTED":{}}',
    '{"https://host":{"token":"PLANTED"}}',
  ]) {
    writeFileSync(path, content)
    expect(() => credentialsFromEnvironment({ SLUICE_HTTP_CREDENTIALS: path })).toThrow('to be a JSON file')
    expect(() => credentialsFromEnvironment({ SLUICE_HTTP_CREDENTIALS: path })).not.toThrow('PLANTED')
  }
  expect(credentialsFromEnvironment({})).toStrictEqual({})
})
