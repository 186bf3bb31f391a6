import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const example = fileURLToPath(new URL('../examples/encode-a-file.ts', import.meta.url))

test('the example of the README runs', () => {
  const output = execFileSync(process.execPath, ['--conditions=@sluice/source', example], {
    encoding: 'utf8',
  })
  expect(output).toMatch(/^Bytes in, ids out\.$/m)
  expect(output).toMatch(/^\d+ tokens$/m)
})

test('the README shows the example as it is', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(readFileSync(example, 'utf8'))
})
