import * as z from 'zod'
import type { Task } from './task.ts'

const place = z.int().nonnegative()

/** What a segment must look like when it is read back. */
export const segmentSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bytes'), start: place, end: place }),
  z.strictObject({
    kind: z.literal('blocks'),
    start: place,
    end: place.exactOptional(),
    stored: z.strictObject({ start: place, end: place }),
    skip: place,
    next: z.strictObject({ after: place, bytes: place, storedEnd: place }).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('row-groups'), start: place, end: place, firstRow: place }),
  z.strictObject({
    kind: z.literal('record-batches'),
    start: place,
    end: place,
    firstRow: place,
    schemaInFooter: z.boolean(),
    prelude: z.strictObject({ start: place, end: place }),
  }),
  z.strictObject({ kind: z.literal('whole') }),
])

/** What a task must look like when it comes from a queue. */
export const taskSchema: z.ZodType<Task> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('tokenize'),
    source: place,
    segment: segmentSchema,
    count: z.int().min(2).exactOptional(),
    byteLength: place,
  }),
  z.strictObject({ kind: z.literal('tables') }),
  z.strictObject({
    kind: z.literal('embed'),
    index: z.string().max(200),
    part: place,
    firstWindow: place,
    rows: z.int().positive(),
  }),
])
