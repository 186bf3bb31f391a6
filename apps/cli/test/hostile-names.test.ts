import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { RedisServer, temporaryFolder, theVerdict, withoutRedis } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'

/** Clears the screen, sets the window's title, colours text by a C1 control, and turns the direction of text around. */
const hostile = 'a\u001b[2J\u001b]0;owned\u0007\u009b31m\u202eb.txt'

const shown = 'a\\x1b[2J\\x1b]0;owned\\x07\\x9b31m\\u202eb.txt'

/** Runs `sluice` and checks that neither output holds what a terminal obeys. */
async function checkedOutput(cwd: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await sluice(args, { cwd })
  expect(`${stdout}${stderr}`.replaceAll('\n', ''), args.join(' ')).not.toMatch(/[\p{Cc}\u202e]/u)
  return stdout
}

test('names that a terminal would obey are shown as escapes by every command', async () => {
  const cwd = temporaryFolder()
  copyFileSync(theVerdict, join(cwd, hostile))
  await checkedOutput(cwd, 'run', hostile, '-o', 'out', '--embeddings', 'none')
  expect(await checkedOutput(cwd, 'inspect', 'out')).toContain(shown)
  const inspected = JSON.parse(await checkedOutput(cwd, 'inspect', 'out', '--json')) as {
    readonly rows: readonly { readonly source: string }[]
  }
  expect(inspected.rows[0]?.source).toBe(hostile)
  await checkedOutput(cwd, 'verify', 'out', '--deep', '2')
  await checkedOutput(cwd, 'run', hostile, '-o', hostile, '--embeddings', 'none', '--json')
  await checkedOutput(cwd, 'verify', hostile)
  await checkedOutput(cwd, 'inspect', hostile)
  await checkedOutput(cwd, 'estimate', `${hostile}x`)
  await checkedOutput(cwd, 'tokenize', `${hostile}x`)
  await checkedOutput(cwd, 'jobs', '--redis', `ftp://${hostile}`)
})

test.skipIf(withoutRedis)('names of runs on the queue are shown as escapes', async () => {
  await using redis = await RedisServer.start()
  const cwd = temporaryFolder()
  copyFileSync(theVerdict, join(cwd, hostile))
  const queue = ['--redis', redis.url]
  const enqueued = await checkedOutput(cwd, 'enqueue', hostile, '-o', 'out\u001b[2J', '--quiet', ...queue)
  expect(await checkedOutput(cwd, 'jobs', ...queue)).toContain(shown)
  expect(await checkedOutput(cwd, 'status', enqueued.trim(), ...queue)).toContain(shown)
  await checkedOutput(cwd, 'status', enqueued.trim(), '--json', ...queue)
  await checkedOutput(cwd, 'status', 'run-\u001b[2J', ...queue)
  await checkedOutput(cwd, 'cancel', enqueued.trim(), ...queue)
})
