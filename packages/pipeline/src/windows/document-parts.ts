import { publishJson, readJson, type DatasetStorage } from '@sluice/dataset'
import * as z from 'zod'
import { RunError } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import type { PartCut } from '../task/part-task.ts'
import type { TokenReader } from '../tokens/token-stream.ts'
import { rangesOfDocuments } from './document-ranges.ts'
import { Filling } from './filling.ts'
import type { WindowIndex } from './window-index.ts'

/**
 * Where the parts of a run begin whose rows are documents: how many a part has depends on their lengths, so that no part is much
 * larger than another. The file is named after the index of the ids it is about, and holds the first document of each part and,
 * last, the number of all.
 */
const nameOf = (indexName: string): string => indexName.replace('/index-', '/rows-')

const fileSchema = z.array(z.int().nonnegative()).min(1)

/** Cuts all documents into parts, in one pass over their lengths, and publishes the cut for those who make parts. */
export async function publishDocumentParts(
  storage: DatasetStorage,
  plan: Plan,
  tokens: TokenReader,
  windows: WindowIndex,
  indexName: string,
): Promise<void> {
  const { config, windowsPerPart, tokensPerPart = Infinity } = plan
  const part = new Filling({ rows: windowsPerPart, tokens: tokensPerPart })
  const firsts: number[] = []
  let document = 0
  for await (const { length } of rangesOfDocuments(tokens, windows, config)) {
    const kept = Math.min(length, config.maxLength)
    if (document === 0) firsts.push(0)
    if (!part.take(kept)) {
      firsts.push(document)
      part.clear()
      part.take(kept)
    }
    document++
  }
  await publishJson(storage, nameOf(indexName), [...firsts, document])
}

/** Opens what {@link publishDocumentParts} published. @throws RunError `broken-state` */
export async function openDocumentParts(storage: DatasetStorage, indexName: string): Promise<PartCut> {
  const name = nameOf(indexName)
  const parsed = fileSchema.safeParse(await readJson(storage, name))
  if (!parsed.success) {
    const message = `${name} in ${storage.location} is damaged; remove the folder tokens and run again`
    throw new RunError('broken-state', message)
  }
  const firsts = parsed.data
  return {
    count: firsts.length - 1,
    task: (part) => ({ part, firstWindow: firsts[part]!, rows: firsts[part + 1]! - firsts[part]! }),
  }
}
