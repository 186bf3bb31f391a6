import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../', import.meta.url))

test('nothing but the file reader is bound to Node', () => {
  const bound = globSync('src/**/*.ts', { cwd: folder }).filter((file) =>
    /from 'node:|\bBuffer\b|\bprocess\./.test(readFileSync(`${folder}/${file}`, 'utf8')),
  )
  expect(bound).toEqual(['src/load/read-asset.node.ts'])
})

test('installing it installs the base of errors and the translator of patterns only', () => {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { dependencies?: object }
  expect(Object.keys(manifest.dependencies ?? {})).toEqual(['@sluice/errors', 'oniguruma-to-es'])
})
