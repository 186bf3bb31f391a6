import { RedisServer, temporaryFolder, WorkerProcess } from '@sluice/testing'
import { expect, test } from 'vitest'

/** Whether a worker that starts on a server with these arguments warns. */
async function warns(more: readonly string[], password = ''): Promise<boolean> {
  await using redis = await RedisServer.start({ arguments: more })
  const url = redis.url.replace('//', password === '' ? '//' : `//:${password}@`)
  await using worker = new WorkerProcess({ SLUICE_REDIS_URL: url, SLUICE_ROOT: temporaryFolder() })
  await worker.port()
  const found = await worker
    .line(({ msg }) => msg.includes('asks for no password'), 3000)
    .then(
      () => true,
      () => false,
    )
  expect(worker.errors).toBe('')
  return found
}

test.concurrent(
  'a worker warns of a server that asks for no password and can be reached by others',
  async () => {
    // Listens on loopback only all the same: the first address is not this machine's.
    const open = ['--bind', '-192.0.2.1', '127.0.0.1', '--protected-mode', 'no']
    expect(await warns(open)).toBe(true)
    expect(await warns([...open, '--requirepass', 'abc'], 'abc')).toBe(false)
    expect(await warns(['--protected-mode', 'no'])).toBe(false)
    expect(await warns(['--bind', '-192.0.2.1', '127.0.0.1', '--protected-mode', 'yes'])).toBe(false)
  },
)
