import { publishJson, readJson, sha256OfJson, type DatasetStorage } from '@sluice/dataset'
import * as z from 'zod'
import { RunError } from '../errors.ts'
import { runNames } from '../folder/names.ts'
import { segmentReceiptSchema, type SegmentReceipt } from '../tokens/token-receipt.ts'
import type { StreamMark } from './growing-stream.ts'

/** What is durable of the token files of a run: a later attempt goes on from there. */
export interface Checkpoint {
  readonly version: 1
  readonly planId: string
  /** Name of the one before; null for the first. */
  readonly previous: string | null
  /** Receipts of this one and all before. */
  readonly segments: number
  /** The segments whose ids came since the one before, in order. */
  readonly receipts: readonly SegmentReceipt[]
  readonly ids: StreamMark
  readonly starts: StreamMark
  /** Place of a document of which no id has come yet; null where there is none. */
  readonly pending: number | null
}

const count = z.int().nonnegative()
const mark = z.strictObject({ byteLength: count, sha256: z.hex() })
const namePattern = /^flat-\d{6,}-[0-9a-f]{16}\.json$/

const checkpointSchema: z.ZodType<Checkpoint> = z.strictObject({
  version: z.literal(1),
  planId: z.hex(),
  previous: z.string().regex(namePattern).nullable(),
  segments: count,
  receipts: z.array(segmentReceiptSchema),
  ids: mark,
  starts: mark,
  pending: count.nullable(),
})

/** Publishes a checkpoint. Its name carries its content: two processes that do the same run do not meet. @returns the name */
export async function publishCheckpoint(storage: DatasetStorage, checkpoint: Checkpoint): Promise<string> {
  const name = `flat-${String(checkpoint.segments).padStart(6, '0')}-${sha256OfJson(checkpoint).slice(0, 16)}.json`
  await publishJson(storage, `${runNames.tokens}/${name}`, checkpoint)
  return name
}

/** A checkpoint with everything that came before it. */
export interface ReachedCheckpoint extends Checkpoint {
  readonly name: string
  /** Of all segments so far. */
  readonly allReceipts: readonly SegmentReceipt[]
}

/**
 * Finds the checkpoints of a run, the furthest first.
 *
 * @throws RunError `broken-state` for a damaged one
 */
export async function* findCheckpoints(
  storage: DatasetStorage,
  planId: string,
): AsyncGenerator<ReachedCheckpoint, void> {
  const names = (await storage.list(runNames.tokens))
    .map(({ name }) => name)
    .filter((name) => namePattern.test(name))
    .toSorted((left, right) => segmentsOf(right) - segmentsOf(left))
  for (const name of names) yield reach(storage, planId, name)
}

function segmentsOf(name: string): number {
  return Number(name.split('-')[1])
}

async function reach(storage: DatasetStorage, planId: string, name: string): Promise<ReachedCheckpoint> {
  const last = await readCheckpoint(storage, planId, name)
  const receipts = [last.receipts]
  let { previous } = last
  let { segments } = last
  while (previous !== null) {
    const before = await readCheckpoint(storage, planId, previous)
    // Each has fewer segments, so that no circle of names is followed for ever.
    if (before.segments >= segments) throw broken(storage, previous)
    receipts.push(before.receipts)
    segments = before.segments
    previous = before.previous
  }
  const allReceipts = receipts.toReversed().flat()
  if (allReceipts.length !== last.segments) throw broken(storage, name)
  return { ...last, name, allReceipts }
}

async function readCheckpoint(storage: DatasetStorage, planId: string, name: string): Promise<Checkpoint> {
  const parsed = checkpointSchema.safeParse(await readJson(storage, `${runNames.tokens}/${name}`))
  if (!parsed.success || parsed.data.planId !== planId) throw broken(storage, name)
  return parsed.data
}

function broken({ location }: DatasetStorage, name: string): RunError {
  return new RunError(
    'broken-state',
    `${runNames.tokens}/${name} in ${location} is damaged, or another run's; remove the folder ${runNames.tokens} and run again`,
  )
}
