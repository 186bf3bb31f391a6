import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { manifestJsonSchema, tokenManifestJsonSchema } from '../src/index.ts'

test.each([
  ['manifest', manifestJsonSchema()],
  ['token-manifest', tokenManifestJsonSchema()],
])(
  'the published JSON Schema of the %s is the one the reader checks (`npm run schema` writes it)',
  (name, schema) => {
    const file = new URL(`../schema/${name}.schema.json`, import.meta.url)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema)
  },
)
