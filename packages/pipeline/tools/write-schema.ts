/**
 * Writes `schema/run-config.schema.json` from the schema that checks configurations:
 * `npm run schema -w packages/pipeline`. A test compares the two.
 */
import { writeFileSync } from 'node:fs'
import { runConfigJsonSchema } from '@sluice/pipeline'

writeFileSync(
  new URL('../schema/run-config.schema.json', import.meta.url),
  `${JSON.stringify(runConfigJsonSchema(), null, 2)}\n`,
)
