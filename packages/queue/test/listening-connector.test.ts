import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { Connector } from '../src/bullmq/listening-connector.ts'

test('a socket that fails twice is told once, and ends no process', async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new Redis({ host: '127.0.0.1', port, Connector, retryStrategy: () => null })
  const told: Error[] = []
  client.on('error', (error: Error) => told.push(error))
  await once(client, 'connect')
  // What ioredis holds is private; its socket is what fails here.
  const { stream } = client as unknown as { readonly stream: NodeJS.EventEmitter }
  stream.emit('error', new Error('first'))
  stream.emit('error', new Error('second'))
  expect(told.map(({ message }) => message)).toEqual(['first'])
  client.disconnect()
  server.close()
})
