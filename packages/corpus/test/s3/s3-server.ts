import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { serve, TestServer } from '../http/test-server.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** The signature that a request must have, by the description of Signature Version 4 (AWS documentation). */
function expectedAuthorization(request: IncomingMessage, accessKeyId: string, secret: string): string {
  const [, date = '', region = '', signedHeaders = ''] =
    /Credential=[^/]+\/(\d{8})\/([^/]+)\/s3\/aws4_request, *SignedHeaders=([^,]+)/.exec(
      request.headers.authorization ?? '',
    ) ?? []
  const url = new URL(request.url ?? '', 'http://server')
  const path = url.pathname
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/')
  const query = [...url.searchParams]
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .toSorted()
    .join('&')
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${String(request.headers[name]).trim()}\n`)
    .join('')
  const payload = String(request.headers['x-amz-content-sha256'])
  const canonical = ['GET', path, query, headers, signedHeaders, payload].join('\n')
  const scope = `${date}/${region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), 's3'), 'aws4_request')
  const signature = hmac(key, toSign).toString('hex')
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
}

export const keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}

/** A small S3: one bucket, signed requests only, two keys a page. */
export function startS3(bucket: string, objects: ReadonlyMap<string, Uint8Array>): Promise<TestServer> {
  return TestServer.start((request, response) => {
    if (
      request.headers.authorization !== expectedAuthorization(request, keys.accessKeyId, keys.secretAccessKey)
    ) {
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>')
      return
    }
    const url = new URL(request.url ?? '', 'http://server')
    const [, name, ...rest] = url.pathname.split('/')
    const key = decodeURIComponent(rest.join('/'))
    if (name !== bucket || (key !== '' && !objects.has(key))) response.writeHead(404).end()
    else if (key === '') response.end(listing([...objects.keys()], url.searchParams))
    else {
      const content = objects.get(key) ?? new Uint8Array(0)
      serve(request, response, content, { etag: `"${createHash('md5').update(content).digest('hex')}"` })
    }
  })
}

function listing(all: readonly string[], query: URLSearchParams): string {
  const matching = all.filter((key) => key.startsWith(query.get('prefix') ?? '')).toSorted()
  const from = Number(/^after (\d+) & more$/.exec(query.get('continuation-token') ?? '')?.[1] ?? 0)
  const page = matching.slice(from, from + 2)
  const truncated = from + 2 < matching.length
  const contents = page
    .map((key) => `<Contents><Key>${encodeURIComponent(key)}</Key><Size>1</Size></Contents>`)
    .join('')
  const next = truncated ? `<NextContinuationToken>after ${from + 2} &amp; more</NextContinuationToken>` : ''
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${truncated}</IsTruncated>${contents}${next}</ListBucketResult>`
}
