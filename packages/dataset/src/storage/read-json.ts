import type * as z from 'zod'
import { DatasetError } from '../errors.ts'
import { datasetLimits } from '../limits.ts'
import { readAll } from './read-all.ts'
import type { DatasetStorage } from './storage.ts'

/** Reads a JSON object of the dataset without judging its content. */
export async function readJson(storage: DatasetStorage, name: string): Promise<unknown> {
  return jsonOf(await readJsonBytes(storage, name), storage, name)
}

/** The bytes of a JSON object of the dataset. A byte more than may be: a longer file is refused, not cut. */
export async function readJsonBytes(storage: DatasetStorage, name: string): Promise<Uint8Array> {
  return readAll(storage, name, datasetLimits.jsonBytes + 1)
}

/** What {@link readJson} reads, of bytes that are there. @throws DatasetError `corrupt` */
export function jsonOf(bytes: Uint8Array, storage: DatasetStorage, name: string): unknown {
  try {
    return parseJson(bytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DatasetError('corrupt', `Expected ${name} in ${storage.location} to be JSON: ${reason}`, {
      file: name,
      cause: error,
    })
  }
}

/**
 * Parses JSON that others may have written, within {@link datasetLimits}.
 *
 * @throws Error saying why it cannot be parsed
 */
export function parseJson(bytes: Uint8Array): unknown {
  const { jsonBytes, jsonMarks, jsonDepth } = datasetLimits
  if (bytes.length > jsonBytes) throw new Error(`it has more than ${jsonBytes} bytes`)
  if (countMarks(bytes) > jsonMarks) throw new Error(`it has more than ${jsonMarks} values`)
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  if (!isShallow(value, jsonDepth))
    throw new Error(`it has more than ${jsonDepth} objects and arrays in each other`)
  return value
}

/** What each value but the first is preceded by; inside of strings, too. */
const marks = new Uint8Array(256)
for (const mark of ',[{') marks[mark.charCodeAt(0)] = 1

function countMarks(bytes: Uint8Array): number {
  let count = 0
  for (let at = 0; at < bytes.length; at++) count += marks[bytes[at]!]!
  return count
}

/** Level by level: recursion would end where the stack does. */
function isShallow(value: unknown, depth: number): boolean {
  let level = [value]
  for (let left = depth; ; left--) {
    const inner: unknown[] = []
    for (const one of level)
      if (typeof one === 'object' && one !== null) for (const key in one) inner.push(Reflect.get(one, key))
    level = inner.filter((one) => typeof one === 'object' && one !== null)
    if (level.length === 0) return true
    if (left === 0) return false
  }
}

/** Checks a JSON value against its schema. @throws DatasetError `corrupt` naming the first wrong field. */
export function checkJson<T>(schema: z.ZodType<T>, value: unknown, storage: DatasetStorage, name: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? 'the whole' : `\`${issue.path.join('.')}\``
  const message = `${name} in ${storage.location} is damaged: ${where}: ${issue?.message ?? 'unknown'}`
  throw new DatasetError('corrupt', message, { file: name, cause: result.error })
}
