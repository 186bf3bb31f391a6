import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { resolveRunConfig, runLocally } from '../src/index.ts'

test('no file of a run holds the secrets of its sources', async () => {
  const server = createServer((_, response) =>
    response.setHeader('etag', '"v1"').end('the quick brown fox '.repeat(50)),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const out = join(temporaryFolder(), 'a.sluice')
  const locator = `http://user:PLANTED@127.0.0.1:${port}/a.txt?token=PLANTED&X-Amz-Signature=PLANTED#PLANTED`
  try {
    const config = resolveRunConfig({ corpus: [locator], maxLength: 4, embeddings: 'none' })
    await runLocally({ config, out, threads: 1 })
  } finally {
    server.close()
  }
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const names = files.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['plan.json', 'header.json', 'manifest.json']))
  for (const { parentPath, name } of files) {
    expect(name).not.toContain('PLANTED')
    expect(readFileSync(join(parentPath, name), 'latin1'), name).not.toContain('PLANTED')
  }
})
