import type * as z from 'zod'
import { DatasetError } from '../errors.ts'
import { readAll } from './read-all.ts'
import type { DatasetStorage } from './storage.ts'

/** Receipts are a few hundred bytes and manifests a few hundred a part: more than this is not one of ours. */
const largestJsonByteLength = 1 << 28

/** Reads a JSON object of the dataset without judging its content. */
export async function readJson(storage: DatasetStorage, name: string): Promise<unknown> {
  const bytes = await readAll(storage, name, largestJsonByteLength)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DatasetError('corrupt', `Expected ${name} in ${storage.location} to be JSON: ${reason}`, {
      file: name,
      cause: error,
    })
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
