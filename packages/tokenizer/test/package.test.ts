import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../', import.meta.url))

/** Takes Node's search where there is one, and the language's elsewhere: the bundles in browsers run it. */
const asksForNode = 'src/index-of-byte.ts'

test('nothing but the file reader, the hash and the limit of time is bound to Node', () => {
  const bound = globSync('src/**/*.ts', { cwd: folder }).filter((file) =>
    /from 'node:|\bBuffer\b|\bprocess\./.test(readFileSync(`${folder}/${file}`, 'utf8')),
  )
  expect(bound.toSorted()).toEqual([
    asksForNode,
    'src/load/read-asset.node.ts',
    'src/load/sha256.node.ts',
    'src/pretokenize/time-limit.node.ts',
  ])
})

test('installing it installs the base of errors and the translator of patterns only', () => {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { dependencies?: object }
  expect(Object.keys(manifest.dependencies ?? {})).toEqual(['@sluice/errors', 'oniguruma-to-es'])
})
