import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { RedisServer, temporaryFolder } from '@sluice/testing'

const repository = fileURLToPath(new URL('../../..', import.meta.url))

test("the README's example puts a run on the queue and shows how it is", async () => {
  const folder = temporaryFolder()
  await using redis = await RedisServer.start()
  const readme = readFileSync(join(repository, 'packages/queue/README.md'), 'utf8')
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? []
  expect(example).toContain('redis://127.0.0.1:6379')
  mkdirSync(join(folder, 'corpus'))
  copyFileSync(join(repository, 'examples/the-verdict.txt'), join(folder, 'corpus/book.txt'))
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(folder, 'example.ts'), example.replace('redis://127.0.0.1:6379', redis.url))
  const program = [process.execPath, ['--conditions=@sluice/source', 'example.ts']] as const
  const { stdout } = await promisify(execFile)(...program, { cwd: folder })
  expect(stdout).toMatch(/state: 'waiting',\s+out: 'datasets\/book'/)
})
