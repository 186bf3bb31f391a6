import * as z from 'zod'
import { manifestSchema } from './manifest-schema.ts'

/** The JSON Schema (draft 2020-12) of `manifest.json`, generated from what the reader checks. */
export function manifestJsonSchema(): object {
  return {
    ...z.toJSONSchema(manifestSchema),
    $id: 'urn:sluice:manifest:3',
    title: 'Sluice dataset manifest, versions 1 to 3',
  }
}
