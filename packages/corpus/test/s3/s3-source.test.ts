import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { resolveS3Options } from '../../src/s3/s3-options.ts'
import { parseS3Url, s3Address } from '../../src/s3/s3-url.ts'
import { listSources } from '../../src/listing/list-sources.ts'
import { openSource, type SourceOptions } from '../../src/sources/open-source.ts'
import { serve, TestServer } from '../http/test-server.ts'
import { keys, startS3 } from './s3-server.ts'

const content = randomBytes(300_000)
const names = [
  'data/a b+c.txt',
  'data/deep/ü&(1)*.jsonl',
  'data/x.jsonl',
  'data/y.jsonl',
  'data/z.txt',
  'other.txt',
  'data/folder/',
]
const objects = new Map(names.map((name) => [name, content]))

function options(endpoint: string, credentials: object = keys): SourceOptions {
  return {
    s3: { endpoint, region: 'eu-central-1', credentials: async () => ({ ...keys, ...credentials }) },
    http: { retries: 0 },
  }
}

test('objects with odd names are read by signed requests', async () => {
  await using server = await startS3('corpus', objects)
  for (const name of names.slice(0, 3)) {
    await using source = await openSource(`s3://corpus/${name}`, options(server.url))
    expect(source.name).toBe(`s3://corpus/${name}`)
    expect(source.byteLength).toBe(content.length)
    expect(Buffer.from(await source.read(200_000, 200_010)).equals(content.subarray(200_000, 200_010))).toBe(
      true,
    )
    expect(await source.identify()).toMatchObject({ etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) })
  }
})

test('a folder and a glob are listed over all pages, in order', async () => {
  await using server = await startS3('corpus', objects)
  const { sources } = await listSources(
    ['s3://corpus/data/', 's3://corpus/data/*.jsonl', 's3://corpus/other.txt'],
    options(server.url),
  )
  expect(sources).toStrictEqual([
    's3://corpus/data/a b+c.txt',
    's3://corpus/data/deep/ü&(1)*.jsonl',
    's3://corpus/data/x.jsonl',
    's3://corpus/data/y.jsonl',
    's3://corpus/data/z.txt',
    's3://corpus/data/x.jsonl',
    's3://corpus/data/y.jsonl',
    's3://corpus/other.txt',
  ])
  await expect(listSources(['s3://corpus/none/'], options(server.url))).rejects.toMatchObject({
    code: 'no-match',
  })
})

test('wrong keys and missing objects are told apart', async () => {
  await using server = await startS3('corpus', objects)
  const wrong = options(server.url, { secretAccessKey: 'wrong' })
  await expect(openSource('s3://corpus/other.txt', wrong)).rejects.toMatchObject({ code: 'not-readable' })
  await expect(openSource('s3://corpus/none.txt', options(server.url))).rejects.toMatchObject({
    code: 'not-found',
  })
})

test('addresses and settings are those of the AWS tools', () => {
  const amazon = resolveS3Options(
    {},
    { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
  )
  expect(amazon.credentials).toStrictEqual({ accessKeyId: 'a', secretAccessKey: 'b' })
  expect(s3Address(parseS3Url('s3://bucket/a/b c.txt'), amazon).href).toBe(
    'https://bucket.s3.eu-west-1.amazonaws.com/a/b%20c.txt',
  )
  expect(s3Address(parseS3Url('s3://dotted.bucket/a'), amazon).href).toBe(
    'https://s3.eu-west-1.amazonaws.com/dotted.bucket/a',
  )
  const own = resolveS3Options({}, { AWS_ENDPOINT_URL: 'http://minio:9000/base/' })
  expect(own).toMatchObject({ credentials: 'anonymous', region: 'us-east-1' })
  expect(s3Address(parseS3Url('s3://bucket/a'), own).href).toBe('http://minio:9000/base/bucket/a')
  expect(() => parseS3Url('s3://Not_A bucket')).toThrow(expect.objectContaining({ code: 'invalid-options' }))
})

test('after a redirect to another origin nothing of the signature is sent', async () => {
  await using other = await TestServer.start((request, response) =>
    serve(request, response, Buffer.from('elsewhere'), { etag: '"e"' }),
  )
  await using server = await TestServer.start((_, response) => {
    response.writeHead(307, { location: `${other.url}/object` }).end()
  })
  await using source = await openSource('s3://corpus/a.txt', options(server.url, { sessionToken: 'SESSION' }))
  expect(Buffer.from(await source.head(9)).toString()).toBe('elsewhere')
  expect(server.requests[0]!.headers).toMatchObject({ 'x-amz-security-token': 'SESSION' })
  const { headers } = other.requests[0]!
  expect(Object.keys(headers).filter((name) => /^x-amz|^authorization/.test(name))).toStrictEqual([])
})
