import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('the example of the README runs and prints the last window', () => {
  const example = fileURLToPath(new URL('../examples/write-and-read.ts', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--conditions=@sluice/source', example], {
    encoding: 'utf8',
  })
  expect({ status, stderr, stdout }).toEqual({
    status: 0,
    stderr: '',
    stdout: 'window 5: ids 9 10 11 12, 8 embedding elements\n',
  })
})
