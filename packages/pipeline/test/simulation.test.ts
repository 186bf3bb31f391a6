import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const simulation = fileURLToPath(new URL('../tools/simulate/main.ts', import.meta.url))

test('the simulation plans, works, indexes and commits, whatever the sizes of its sources', async () => {
  const options = ['--tokens', '1e8', '--workers', '3', '--source-bytes', '50000', '--failures', '0.2']
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--expose-gc', '--conditions=@sluice/source', simulation],
    ...options,
  ])
  const rows = new Map(stdout.split('\n').map((line) => [line.slice(0, 34).trim(), line.slice(34)]))
  const numberOf = (name: string): number => Number.parseFloat(rows.get(name)?.replaceAll(',', '') ?? '')
  // More sources than a plan lists itself, so that the lists are used.
  expect(numberOf('sources')).toBeGreaterThan(4096)
  expect(numberOf('tokenize tasks')).toBeLessThan(numberOf('sources'))
  expect(numberOf('tokens')).toBeCloseTo(1e8, -7)
  expect(numberOf('parts')).toBeGreaterThan(1)
  expect(numberOf('manifest.json')).toBeGreaterThan(0)
})
