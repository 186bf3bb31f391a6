import * as z from 'zod'
import { graphProviders } from './run-provider.ts'

const positive = z.int().positive()

/** What a plan says about the model: all that the vectors depend on, by content. Where the folder lay is not in it. */
export const plannedModelSchema = z.strictObject({
  /** `model_type` of its config.json. */
  modelType: z.string(),
  /** sha256 of config.json's bytes, in hexadecimal. */
  configSha256: z.hex(),
  stage: z.enum(['inputs-embeds', 'first-block']),
  /** What every step is rounded to. */
  dtype: z.enum(['f32', 'f16', 'bf16']),
  /** The major version of transformers whose `inputs_embeds` are made. */
  semantics: z.literal([4, 5]),
  /** The tensor that was named as the token table. */
  tokenTensor: z.string().exactOptional(),
  /** What is read of the checkpoint, the token table first. */
  tensors: z
    .array(
      z.strictObject({
        name: z.string(),
        /** As safetensors names it. */
        dtype: z.string(),
        shape: z.array(positive).min(1).max(2),
        sha256: z.hex(),
        /** The name of its file in the checkpoint, where the dataset refers to it. */
        file: z.string().exactOptional(),
      }),
    )
    .min(1)
    .readonly(),
  /** Width of `inputs_embeds`. */
  embeddingDim: positive,
  /** Width of `first_block`, where it is made. */
  firstBlockDim: positive.exactOptional(),
  /** What computes a `first_block` with norms or projections, whose last bits are the provider's; absent for this package's kernel. */
  provider: z.enum(graphProviders).exactOptional(),
})

/** See `plannedModelSchema`. */
export type PlannedModel = Readonly<z.output<typeof plannedModelSchema>>

/** Whether a dataset refers to the tensors of a checkpoint and holds no copy. */
export function isReferenced({ tensors }: Pick<PlannedModel, 'tensors'>): boolean {
  return tensors[0]!.file !== undefined
}

/** Bytes of the copy of its tensors. */
export function modelByteLength({ tensors }: Pick<PlannedModel, 'tensors'>): number {
  if (isReferenced({ tensors })) return 0
  const widths: Readonly<Record<string, number>> = { F64: 8, F32: 4 }
  return tensors.reduce(
    (sum, { dtype, shape }) => sum + shape.reduce((product, n) => product * n, widths[dtype] ?? 2),
    0,
  )
}
