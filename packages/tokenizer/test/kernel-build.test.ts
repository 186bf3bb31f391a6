import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('kernel.wasm is what its sources give', () => {
  const tool = fileURLToPath(new URL('../tools/build-kernel.ts', import.meta.url))
  expect(execFileSync(process.execPath, [tool, '--check'], { encoding: 'utf8' })).toMatch(
    /sha256 [0-9a-f]{64}/,
  )
})
