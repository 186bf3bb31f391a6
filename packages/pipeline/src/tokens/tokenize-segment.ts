import { ProblemTally } from '@sluice/corpus'
import { publishJson, readJson, type DatasetStorage } from '@sluice/dataset'
import { BlockEncoder, type Encoding } from '@sluice/tokenizer'
import type { RunConfig } from '../run-config.ts'
import { openSegment, segmentKey, type Segment } from '../segment.ts'
import { idByteLengthOf, TokenFileWriter } from './token-file.ts'
import { tokenFileName, tokenReceiptName, tokenReceiptSchema, type TokenReceipt } from './token-receipt.ts'

/** What tokenizing needs besides the segment. */
export interface TokenizeContext {
  readonly storage: DatasetStorage
  readonly planId: string
  readonly config: RunConfig
  readonly encoding: Encoding
  readonly signal: AbortSignal
  /** Told how many bytes of the source were read since the last call. */
  readonly onBytes: (byteLength: number) => void
}

/** The receipt of a segment that is already tokenized, if it is. */
async function findTokenReceipt(
  { storage, planId }: TokenizeContext,
  segment: Segment,
): Promise<TokenReceipt | undefined> {
  const name = tokenReceiptName(segment.source, segmentKey(segment))
  if ((await storage.stat(name)) === undefined) return undefined
  const parsed = tokenReceiptSchema.safeParse(await readJson(storage, name))
  if (!parsed.success || parsed.data.planId !== planId) return undefined
  const stat = await storage.stat(parsed.data.name)
  return stat?.byteLength === parsed.data.byteLength ? parsed.data : undefined
}

/**
 * Tokenizes one segment into `tokens/`, and publishes its receipt. A segment that has a valid receipt is not read again.
 *
 * @throws CorpusError where the configuration says that bad content stops the run
 */
export async function tokenizeSegment(segment: Segment, context: TokenizeContext): Promise<TokenReceipt> {
  const done = await findTokenReceipt(context, segment)
  if (done !== undefined) {
    context.onBytes(segment.byteLength)
    return done
  }
  const { storage, planId, config, encoding, signal } = context
  const key = segmentKey(segment)
  const idByteLength = idByteLengthOf(encoding.vocabSize)
  const staged = storage.stage(`tokens.${segment.source}.${key}`)
  try {
    const writer = new TokenFileWriter(staged, idByteLength)
    const encoder = new BlockEncoder(encoding, { allowedSpecial: allowedSpecialOf(config, encoding) })
    const separator = Uint32Array.of(encoding.endOfTextId)
    const problems = new ProblemTally()
    let continued = false
    await using content = await openSegment(segment, config, (problem) => problems.add(problem), context.onBytes)
    for await (const events of content.events) {
      signal.throwIfAborted()
      for (const event of events) {
        switch (event.kind) {
          case 'start':
            if (event.continued) continued = true
            else if (config.separator === 'between') writer.append(separator)
            writer.beginDocument(event.position)
            break
          case 'bytes':
            for (const ids of encoder.push(event.bytes)) writer.append(ids)
            break
          case 'end':
            for (const ids of encoder.flush()) writer.append(ids)
            writer.endDocument(event.position)
            if (!event.continues && config.separator === 'after') writer.append(separator)
        }
      }
    }
    const sha256 = writer.end()
    const name = tokenFileName(segment.source, key, sha256)
    const receipt: TokenReceipt = {
      version: 1,
      planId,
      source: segment.source,
      segment: key,
      name,
      tokens: writer.tokens,
      documents: writer.documents,
      continued,
      idByteLength,
      byteLength: staged.byteLength,
      sha256,
      problems: problems.counts(),
    }
    await staged.publish(name)
    await publishJson(storage, tokenReceiptName(segment.source, key), receipt)
    return receipt
  } finally {
    await staged.discard()
  }
}

function allowedSpecialOf({ special }: RunConfig, encoding: Encoding): 'all' | readonly string[] {
  if (special === 'all') return 'all'
  if (special === 'none') return []
  return [...encoding.specialTokens].filter(([, id]) => id === encoding.endOfTextId).map(([text]) => text)
}
