import * as z from 'zod'
import {
  DocumentColumns,
  EmbeddingDtype,
  EmbeddingLayout,
  EmbeddingMode,
  IdType,
  PartFormat,
  type DatasetLayout,
} from '../layout/layout.ts'
import { sha256Hex, wholeNumber } from '../part/fields.ts'
import { listIdentitySchema, sourceListSchema } from '../lists/list-schema.ts'
import type { JsonValue, ManifestHeader, TokenizerIdentity } from './manifest.ts'
import type { ManifestFile } from './manifest-file.ts'

/** Names inside the dataset: relative, no way out. */
const fileName = z
  .string()
  .min(1)
  .regex(/^(?!\/)(?![^]*(^|\/)\.\.?(\/|$))[^\\:\0]+$/)

const positive = z.number().int().min(1).max(0x7fffffff)

const layout: z.ZodType<DatasetLayout> = z.strictObject({
  maxLength: positive,
  vocabSize: positive,
  embedding: z.enum(EmbeddingMode),
  dim: z.number().int().min(0).max(0x7fffffff),
  layout: z.enum(EmbeddingLayout),
  dtype: z.enum(EmbeddingDtype),
  idType: z.enum(IdType),
  ids: z.literal('once').exactOptional(),
  fillId: wholeNumber.exactOptional(),
  format: z.enum(PartFormat),
  documents: z.enum(DocumentColumns),
  positionIds: z.boolean(),
  pieces: z.literal(true).exactOptional(),
  kept: z.strictObject({ names: z.array(z.string().min(1)).min(1), valueBytes: positive }).exactOptional(),
  firstBlockDim: positive.exactOptional(),
  per: z.literal('document').exactOptional(),
  pool: z.literal('mean').exactOptional(),
  rowsPerBatch: positive,
})

const file = z.strictObject({ file: fileName, sha256: sha256Hex })

/** The identity of a tokenizer. */
export const tokenizerIdentitySchema: z.ZodType<TokenizerIdentity> = z.strictObject({
  name: z.string(),
  vocabSize: positive,
  sha256: sha256Hex,
  kind: z.exactOptional(z.string().max(64)),
  details: z.exactOptional(z.record(z.string(), z.json())),
})

const identities = {
  tokenizer: tokenizerIdentitySchema,
  tables: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.union([z.tuple([positive, positive]), z.tuple([positive])]),
      dtype: z.enum(['f32', 'f16', 'bf16']),
      sha256: sha256Hex,
      file: fileName,
      keptIds: z.strictObject({ file: fileName, sha256: sha256Hex, of: positive }).exactOptional(),
      checkpoint: z.literal(true).exactOptional(),
    }),
  ),
  graph: file.nullable(),
  positions: z
    .strictObject({
      kind: z.string().max(64),
      sizes: z.record(z.string(), z.union([z.number(), z.boolean()])),
      tables: z.array(z.string()),
      formula: z.string(),
      source: z.string(),
    })
    .exactOptional(),
  model: z
    .strictObject({
      modelType: z.string().max(256),
      stage: z.enum(['inputs-embeds', 'first-block']),
      dtype: z.enum(EmbeddingDtype),
      semantics: z.literal([4, 5]),
      tokenTensor: z.string().exactOptional(),
      config: file,
      table: z.string(),
      scale: z.number().exactOptional(),
      formula: z.array(z.string()),
      exact: z.boolean(),
      tolerance: z.string().exactOptional(),
      provider: z.string().max(32).exactOptional(),
      leftOut: z.string().exactOptional(),
    })
    .exactOptional(),
}

/** What a manifest says of the corpus, whatever was made of it. */
export const corpusFields = {
  sources: z.union([
    z.array(z.strictObject({ name: z.string(), byteLength: wholeNumber, sha256: sha256Hex })),
    sourceListSchema,
  ]),
  dropped: z.record(z.string(), wholeNumber),
  faults: z
    .record(z.string(), z.array(z.strictObject({ source: wholeNumber, position: wholeNumber })))
    .exactOptional(),
  holes: z
    .array(z.strictObject({ source: wholeNumber, segment: z.string(), reason: z.string() }))
    .exactOptional(),
  inputs: z
    .strictObject({
      listed: wholeNumber,
      read: wholeNumber,
      skipped: z.record(z.string(), wholeNumber),
      first: z.record(z.string(), z.array(z.string())),
      followed: wholeNumber,
    })
    .exactOptional(),
}

const header = {
  planId: sha256Hex,
  config: z.json() as z.ZodType<JsonValue>,
  layout,
  windows: z.strictObject({
    stride: positive,
    boundary: z.enum(['cross', 'document']),
    tail: z.enum(['drop', 'pad', 'error']).exactOptional(),
    packing: z.enum(['none', 'best-fit']).exactOptional(),
    shuffle: z
      .strictObject({
        seed: z.union([z.int(), z.string().regex(/^-?\d{16,20}$/)]),
        method: z.enum(['torch.randperm', 'keyed']),
      })
      .exactOptional(),
  }),
  ...corpusFields,
  loneIds: listIdentitySchema.exactOptional(),
  documentTable: z
    .strictObject({
      columns: z.array(z.strictObject({ name: z.string(), field: z.string(), nulls: wholeNumber })),
      files: z.array(
        z.strictObject({
          name: fileName,
          firstDocument: wholeNumber,
          documents: wholeNumber,
          byteLength: wholeNumber,
          sha256: sha256Hex,
        }),
      ),
    })
    .exactOptional(),
}

/** What {@link ManifestHeader} must look like. */
export const manifestHeaderSchema: z.ZodType<ManifestHeader> = z.strictObject({
  ...header,
  identities: z.strictObject(identities),
  partCount: wholeNumber,
})

/** What `manifest.json` must look like; its JSON Schema is `schema/manifest.schema.json`. */
export const manifestSchema: z.ZodType<ManifestFile> = z.strictObject({
  version: z.literal([1, 2, 3, 5]),
  ...header,
  identities: z.strictObject({ ...identities, schema: sha256Hex }),
  parts: z.union([
    z.array(
      z.strictObject({
        name: fileName,
        firstWindow: wholeNumber,
        rows: wholeNumber,
        tokens: wholeNumber,
        documents: wholeNumber,
        byteLength: wholeNumber,
        sha256: sha256Hex,
      }),
    ),
    listIdentitySchema,
  ]),
  totals: z.strictObject({
    rows: wholeNumber,
    tokens: wholeNumber,
    documents: wholeNumber,
    byteLength: wholeNumber,
    sourceByteLength: wholeNumber,
  }),
})
