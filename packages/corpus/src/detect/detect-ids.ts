import { option, sentence } from '@sluice/errors'
import type { Compression } from '../compression/compression.ts'
import { compressionTable } from '../compression/index.ts'
import { CorpusError } from '../errors.ts'
import { formats, type Format, type IdDtype } from '../formats/format.ts'
import { formatTable } from '../formats/index.ts'
import type { SourceFormat } from '../formats/source-format.ts'
import type { NamedFormat } from './extensions.ts'

/** What a user states of a source of ids. */
interface IdOverride {
  readonly compression?: Compression
  readonly idDtype?: IdDtype
}

const readable = '.u16, .u32, .i32, .npy, .parquet, .arrow and .jsonl'

/**
 * Finds how to read a source that holds ids. Its name decides before its content: any bytes may be ids of a flat file, those that
 * mark a compression or a table among them.
 *
 * @throws CorpusError `unsupported-format` where neither says it, `wrong-format` where they contradict each other
 */
export function detectIds(
  source: string,
  stored: Uint8Array,
  named: NamedFormat,
  override: IdOverride,
): SourceFormat {
  const compression = override.compression ?? compressionByName(stored, named)
  const head = compression === 'none' ? stored : undefined
  return { format: idFormatOf(source, head, named, override), compression }
}

/** A compression counts only where the name says it, and the content does not contradict. */
function compressionByName(stored: Uint8Array, { compression }: NamedFormat): Compression {
  if (compression === undefined) return 'none'
  return compressionTable[compression].magic?.(stored) === false ? 'none' : compression
}

/** @param head undefined for a compressed source, whose name alone counts */
function idFormatOf(
  source: string,
  head: Uint8Array | undefined,
  { format, extension }: NamedFormat,
  { idDtype }: IdOverride,
): Format {
  const marked = head && formats.find((candidate) => formatTable[candidate].magic?.(head))
  if (format !== undefined) {
    if (!holdsIds(format)) {
      const message = `is named .${extension}, which holds no ids; they are read from ${readable}`
      throw new CorpusError('unsupported-format', message, { source })
    }
    if (formatTable[format].magic === undefined || head === undefined) return format
    if (marked !== undefined && holdsIds(marked)) return marked
    const message = `is named .${extension} but its content is not; check how it was made`
    throw new CorpusError('wrong-format', message, { source })
  }
  if (idDtype !== undefined) return `ids-${idDtype}`
  if (marked !== undefined) return marked
  const message = sentence`does not say how it holds ids; give the element type of a flat file with ${option('idDtype')}, or take one of ${readable}`
  throw new CorpusError('unsupported-format', message, { source })
}

function holdsIds(format: Format): boolean {
  const { holds = 'texts' } = formatTable[format]
  return holds !== 'texts'
}
