import { corpusLimits } from '../../limits.ts'
import { brokenArrow } from './arrow-error.ts'
import { loadArrowMetadata, type MessageFacts } from './metadata.ts'

/** `ARROW1` and two bytes of padding, before the messages of an Arrow file. */
export const fileMagicBytes = 8

/** Stands at the beginning and at the very end of an Arrow file. */
export const fileMark = 'ARROW1'

/** One message: the length of its head (lengths and metadata), and what the metadata says. */
export interface ArrowFrame extends MessageFacts {
  readonly headBytes: number
}

/**
 * Reads the head of the message at the beginning of `bytes`. Returns `end` at the end mark, and a number where more bytes
 * are needed: how many.
 *
 * @throws CorpusError `broken-file`
 */
export type ReadFrame = (bytes: Uint8Array, source: string, position: number) => ArrowFrame | 'end' | number

/** Loads the decoders of messages. */
export async function arrowFraming(): Promise<{ readFrame: ReadFrame }> {
  const { readMessage } = await loadArrowMetadata()
  const readFrame: ReadFrame = (bytes, source, position) => {
    if (bytes.length < 8) return 8
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const first = view.getInt32(0, true)
    // Before format version 0.15 there was no continuation mark.
    const prefix = first === -1 ? 8 : 4
    const length = first === -1 ? view.getInt32(4, true) : first
    if (length === 0) return 'end'
    if (length < 0 || length > corpusLimits.metadataBytes.most)
      throw brokenArrow(source, position, 'a message has no valid length')
    const headBytes = prefix + length
    if (bytes.length < headBytes) return headBytes
    try {
      const facts = readMessage(bytes.subarray(prefix, headBytes))
      if (facts.bodyBytes % 8 !== 0) throw new Error('a body without its padding')
      return { headBytes, ...facts }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw brokenArrow(source, position, `a message cannot be understood (${why})`, cause)
    }
  }
  return { readFrame }
}
