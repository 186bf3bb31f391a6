import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { manifestJsonSchema } from '../src/index.ts'

test('the published JSON Schema is the one the reader checks (`npm run schema` writes it)', () => {
  const file = new URL('../schema/manifest.schema.json', import.meta.url)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(manifestJsonSchema())
})
