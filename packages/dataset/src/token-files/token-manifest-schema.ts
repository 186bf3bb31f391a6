import * as z from 'zod'
import { corpusFields, tokenizerIdentitySchema } from '../manifest/manifest-schema.ts'
import { tokenManifestVersion } from '../manifest/manifest.ts'
import { sha256Hex, wholeNumber } from '../part/fields.ts'
import { documentIndexName, TokenFormat, tokensName } from './token-format.ts'
import type { TokenManifest } from './token-manifest.ts'

/** What `manifest.json` of a dataset of token files must look like. */
export const tokenManifestSchema: z.ZodType<TokenManifest> = z.strictObject({
  version: z.literal(tokenManifestVersion),
  planId: sha256Hex,
  config: z.json(),
  format: z.enum(TokenFormat),
  idType: z.enum(['uint32', 'int32', 'uint16']),
  identities: z.strictObject({ tokenizer: tokenizerIdentitySchema }),
  ...corpusFields,
  files: z
    .array(
      z.strictObject({
        name: z.enum([tokensName, ...Object.values(documentIndexName)]),
        byteLength: wholeNumber,
        sha256: sha256Hex,
      }),
    )
    .length(2),
  totals: z.strictObject({
    tokens: wholeNumber,
    documents: wholeNumber,
    byteLength: wholeNumber,
    sourceByteLength: wholeNumber,
  }),
})

/** The JSON Schema (draft 2020-12) of the `manifest.json` of token files. */
export function tokenManifestJsonSchema(): object {
  return {
    ...z.toJSONSchema(tokenManifestSchema),
    $id: 'urn:sluice:token-manifest:4',
    title: 'Sluice manifest of token files, version 4',
  }
}
