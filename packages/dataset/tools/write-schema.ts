/**
 * Writes `schema/manifest.schema.json` and `schema/token-manifest.schema.json` from the schemas that their readers check:
 * `npm run schema -w packages/dataset`. A test compares them.
 */
import { writeFileSync } from 'node:fs'
import { manifestJsonSchema, tokenManifestJsonSchema } from '@sluice/dataset'

for (const [name, schema] of [
  ['manifest', manifestJsonSchema()],
  ['token-manifest', tokenManifestJsonSchema()],
] as const) {
  const file = new URL(`../schema/${name}.schema.json`, import.meta.url)
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`)
}
