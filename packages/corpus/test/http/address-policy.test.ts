import { expect, test } from 'vitest'
import { isPublicAddress } from '../../src/http/address-policy.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { serve, TestServer } from './test-server.ts'

test('public addresses are told from the others', () => {
  const others = [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    'fc00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    '::127.0.0.1',
    'localhost',
    '',
  ]
  expect(others.filter(isPublicAddress)).toStrictEqual([])
  const publicOnes = [
    '1.1.1.1',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '192.167.1.1',
    '2606:4700::1111',
    '2a00:1450::1',
    '::ffff:8.8.8.8',
  ]
  expect(publicOnes.filter(isPublicAddress)).toStrictEqual(publicOnes)
})

test('a job under the public policy cannot reach this machine by address, name, odd spelling or redirect', async () => {
  await using server = await TestServer.start((request, response) =>
    serve(request, response, Buffer.from('secret')),
  )
  const port = new URL(server.url).port
  const http = { addresses: 'public', retries: 0 } as const
  for (const host of [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ]) {
    await expect(openSource(`http://${host}:${port}/`, { http })).rejects.toMatchObject({
      code: 'address-refused',
    })
  }
  expect(server.requests).toHaveLength(0)
  await expect(openSource('secret.txt', { http, local: false })).rejects.toMatchObject({
    code: 'address-refused',
  })
})

test("a policy of one's own is asked for every address, after a redirect too", async () => {
  await using inner = await TestServer.start((request, response) =>
    serve(request, response, Buffer.from('secret')),
  )
  await using server = await TestServer.start((_request, response) => {
    response.writeHead(302, { location: `${inner.url.replace('127.0.0.1', 'localhost')}/` }).end()
  })
  const asked: string[] = []
  const addresses = (address: string, host: string): boolean => {
    asked.push(`${host} ${address}`)
    return host === '127.0.0.1'
  }
  const opening = openSource(server.url, { http: { addresses, retries: 0 } })
  await expect(opening).rejects.toMatchObject({
    code: 'address-refused',
    message: expect.stringContaining('localhost'),
  })
  expect(asked).toContain('127.0.0.1 127.0.0.1')
  expect(inner.requests).toHaveLength(0)
})
