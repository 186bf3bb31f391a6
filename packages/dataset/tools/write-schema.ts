/**
 * Writes `schema/manifest.schema.json` from the schema that its reader checks:
 * `npm run schema -w packages/dataset`. A test compares the two.
 */
import { writeFileSync } from 'node:fs'
import { manifestJsonSchema } from '@sluice/dataset'

writeFileSync(
  new URL('../schema/manifest.schema.json', import.meta.url),
  `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`,
)
