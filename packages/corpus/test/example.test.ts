import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('the example reads a folder of mixed formats', () => {
  const folder = join(import.meta.dirname, '..')
  const files = ['test/fixtures/none-v1.parquet', 'test/fixtures/string-zstd.arrow', 'README.md']
  const output = execFileSync(
    process.execPath,
    ['--conditions=@sluice/source', 'examples/read-corpus.ts', ...files],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )
  const [parquet = '', arrow = '', readme = ''] = output.trim().split('\n')
  expect(parquet.split(' ').slice(1)).toStrictEqual(arrow.split(' ').slice(1))
  expect(parquet).toContain('"missing-field"')
  expect(readme).toMatch(/^README\.md 1 \d+ \{\}$/)
})
