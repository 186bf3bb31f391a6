import { hash } from 'node:crypto'
import { compressions, type Compression } from '../compression/compression.ts'
import { checkOverride, detectFormat, formatOfHead, type FormatOverride } from '../detect/detect-format.ts'
import { CorpusError } from '../errors.ts'
import { formats } from '../formats/format.ts'
import type { SourceFormat } from '../formats/source-format.ts'
import { BytesSource } from '../sources/bytes-source.ts'
import type { SmallFileReader } from '../sources/small-file.ts'

/** How files are identified. Plain data: it crosses to worker threads. */
export interface IdentifySmallOptions extends FormatOverride {
  /** As for {@link openSource}. */
  readonly within?: readonly string[]
}

/** What many files are, in columns: a list of objects takes longer to send to another thread than to make. */
export interface SmallFileIdentities {
  /** Lower-case hex SHA-256 of each; empty for a file that is not small or not as it should be: {@link openSource} tells. */
  readonly sha256: readonly string[]
  readonly byteLength: Int32Array
  /** Indices in `formats` and `compressions`. */
  readonly format: Uint8Array
  readonly compression: Uint8Array
}

/**
 * Identifies small local files, each by one look at it: what `identify` and {@link detectFormat} say of it. Nothing is wrong here: a
 * file that cannot be read, or not be used, is left out.
 *
 * @throws CorpusError `invalid-options`
 */
export async function identifySmallFiles(
  reader: SmallFileReader,
  paths: readonly string[],
  { within, ...override }: IdentifySmallOptions,
): Promise<SmallFileIdentities> {
  checkOverride(override)
  const sha256: string[] = []
  const byteLength = new Int32Array(paths.length)
  const format = new Uint8Array(paths.length)
  const compression = new Uint8Array(paths.length)
  for (const [index, path] of paths.entries()) {
    const bytes = reader.read(path, within)
    const known = bytes && formatOfBytes(path, bytes, override)
    // Nothing is waited for but where it has to be: a promise for each of them would take as long as its file.
    const found = known instanceof Promise ? await known : known
    sha256.push(found === undefined ? '' : hash('sha256', bytes!))
    if (found === undefined) continue
    byteLength[index] = bytes!.length
    format[index] = formats.indexOf(found.format)
    compression[index] = compressions.indexOf(found.compression)
  }
  return { sha256, byteLength, format, compression }
}

type Found = SourceFormat | undefined

function formatOfBytes(path: string, bytes: Uint8Array, override: FormatOverride): Found | Promise<Found> {
  try {
    const known = formatOfHead(path, bytes, override)
    return typeof known === 'object' ? known : formatOfCompressed(path, bytes, override)
  } catch (error) {
    return leftOut(error)
  }
}

async function formatOfCompressed(path: string, bytes: Uint8Array, override: FormatOverride): Promise<Found> {
  try {
    return await detectFormat(new BytesSource(path, bytes), override)
  } catch (error) {
    return leftOut(error)
  }
}

function leftOut(error: unknown): undefined {
  if (error instanceof CorpusError) return undefined
  throw error
}

/** The format of a file by its numbers in {@link SmallFileIdentities}. */
export function sourceFormatOf(
  { format, compression }: Pick<SmallFileIdentities, 'format' | 'compression'>,
  index: number,
): SourceFormat {
  return {
    format: formats[format[index]!]!,
    compression: compressions[compression[index]!] as Compression,
  }
}
