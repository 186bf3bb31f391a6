import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RedisServer, temporaryFolder, withoutRedis } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'
import { startWorker } from './start-worker.ts'

const options =
  '--format ids --id-dtype uint16 --end-id 0 --vocab-size 500 --max-length 8 --dim 4 --bos-id 3'.split(' ')

function place(): string {
  const cwd = temporaryFolder()
  const ids = Uint16Array.from({ length: 900 }, (_, at) => (at % 37 === 36 ? 0 : 10 + (at % 480)))
  writeFileSync(join(cwd, 'train.bin'), ids)
  return cwd
}

test('a corpus of ids without a tokenizer is run, estimated, inspected, verified, and refused with what to do', async () => {
  const cwd = place()
  const ran = await sluice(['run', 'train.bin', '-o', 'out', ...options], { cwd })
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr).toContain("between documents: 0 (as given)\nbefore each document's text: 3 (as given)\n")
  expect((await sluice(['estimate', 'train.bin', ...options], { cwd })).stdout).toContain('25 documents')
  const { stdout } = await sluice(['inspect', 'out', '--rows', '1'], { cwd })
  expect(stdout).toContain('input_ids     [3, 10, 11, 12, 13, 14, 15, 16]')
  expect(stdout).toContain('train.bin bytes 0–14')
  expect(stdout).toContain('text not shown: the ids came without a tokenizer')
  expect((await sluice(['verify', 'out', '--deep', '9'], { cwd })).stdout).toContain('9 windows recomputed')
  const bare = await sluice(['run', 'train.bin', '-o', 'no', '--format', 'ids', '--vocab-size', '9'], { cwd })
  expect(bare).toMatchObject({ code: 2, stderr: expect.stringMatching(/`--id-dtype`/) as string })
  const small = [...options.slice(0, 7), '9', '--separator-id', '1', '--max-length', '8']
  expect((await sluice(['run', 'train.bin', '-o', 'no', ...small], { cwd })).stderr).toMatch(
    /^sluice: train\.bin: expected ids below 9, got 10 at index 0 \(byte 0\)/m,
  )
})

test.skipIf(withoutRedis)('enqueue and a worker make of ids what run makes', async () => {
  await using redis = await RedisServer.start()
  const cwd = place()
  await sluice(['run', 'train.bin', '-o', 'local', '-q', ...options], { cwd })
  const enqueue = ['enqueue', 'train.bin', '-o', 'queued', '--redis', redis.url, ...options]
  expect(await sluice(enqueue, { cwd })).toMatchObject({ code: 0 })
  const [runId = ''] = (await sluice(['jobs', '--redis', redis.url])).stdout.match(/run-[0-9a-f]+/) ?? []
  await using _ = startWorker(cwd, redis.url)
  expect(await sluice(['watch', runId, '--redis', redis.url])).toMatchObject({ code: 0 })
  const manifest = (out: string): string => readFileSync(join(cwd, out, 'manifest.json'), 'utf8')
  expect(manifest('queued')).toBe(manifest('local'))
})
