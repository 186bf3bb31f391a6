import { isDeepStrictEqual } from 'node:util'
import { compressions, formats } from '@sluice/corpus'
import { planName, readJson, sha256OfJson, sourceListSchema, type DatasetStorage } from '@sluice/dataset'
import { tokenizerFileKinds } from '@sluice/tokenizer'
import * as z from 'zod'
import { RunError } from '../errors.ts'
import { mostFrameIds } from './document-frame.ts'
import { plannedModelSchema } from './planned-model.ts'
import { plannedTablesSchema } from './planned-tables.ts'
import { planRun, type PlannedTokenizer } from './plan.ts'
import { planFileOf, type PlannedRun } from './planned-run.ts'
import { resolveRunConfig, type RunOptions } from './run-config.ts'

const count = z.int().nonnegative()
const frameIds = z.array(count).max(mostFrameIds).readonly()

/** The parts of a plan from which the rest follows; the rest is compared with what follows from them. */
const plannedSchema = z.looseObject({
  config: z.looseObject({}),
  split: z.enum(['train', 'validation']).optional(),
  tokenizer: z
    .strictObject({
      name: z.string(),
      vocabSize: count,
      idsBelow: count.optional(),
      endOfTextId: count,
      sha256: z.hex(),
      kind: z.enum([...tokenizerFileKinds, 'none']).optional(),
      details: z
        .strictObject({
          pattern: z.string().optional(),
          specialTokens: z.record(z.string(), count).optional(),
          endOfText: z.string().optional(),
        })
        .optional(),
      addedTokens: z.literal('found').optional(),
      frame: z.strictObject({ before: frameIds, after: frameIds }).optional(),
    })
    .refine(
      ({ vocabSize, idsBelow = vocabSize, endOfTextId, frame }) =>
        idsBelow <= vocabSize &&
        [endOfTextId, ...(frame?.before ?? []), ...(frame?.after ?? [])].every((id) => id < idsBelow),
    ),
  model: plannedModelSchema.optional(),
  tables: plannedTablesSchema.optional(),
  sources: z.union([
    z.array(
      z.strictObject({
        name: z.string().min(1),
        byteLength: count,
        sha256: z.hex(),
        format: z.enum(formats),
        compression: z.enum(compressions),
      }),
    ),
    sourceListSchema,
  ]),
  // Absent of token files.
  windowsPerPart: z.int().positive().optional(),
  // Absent of windows.
  tokensPerPart: z.int().positive().optional(),
})

/**
 * Reads the plan of a run from its folder, knowing only its id: the file must be the plan of that id, and what planning its own
 * configuration and sources gives. Only the size of parts may be that of another version.
 *
 * @throws RunError `unusable-plan` when it is another or a damaged plan; DatasetError when it cannot be read
 */
export async function readPlan(storage: DatasetStorage, planId: string): Promise<PlannedRun> {
  const value = await readJson(storage, planName)
  const found = sha256OfJson(value)
  if (found !== planId) {
    throw new RunError(
      'unusable-plan',
      `Expected ${planName} in ${storage.location} to be plan ${planId}, got ${found}; enqueue the corpus again`,
    )
  }
  const parsed = plannedSchema.safeParse(value)
  if (!parsed.success) throw notAPlan(storage, parsed.error.issues[0]?.path.join('.') ?? '')
  const { config, tokenizer, model, tables, sources, split, windowsPerPart, tokensPerPart } = parsed.data
  const planned = planRun(
    resolveRunConfig(config as RunOptions),
    tokenizer as PlannedTokenizer,
    sources,
    split,
    { model, tables },
  )
  const plan = {
    ...planned,
    ...(windowsPerPart !== undefined && { windowsPerPart }),
    ...(tokensPerPart !== undefined && { tokensPerPart }),
  }
  const wholeBatches = plan.windowsPerPart % plan.layout.rowsPerBatch === 0
  if (!wholeBatches || !isDeepStrictEqual(JSON.parse(JSON.stringify(planFileOf(plan))), value))
    throw notAPlan(storage, 'layout')
  return { plan, planId }
}

function notAPlan({ location }: DatasetStorage, where: string): RunError {
  return new RunError(
    'unusable-plan',
    `${planName} in ${location} is not a plan of this version of Sluice (\`${where}\`); use the version that made it`,
  )
}
