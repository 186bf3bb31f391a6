import { compressions, type Compression } from '../compression/compression.ts'
import { compressionTable } from '../compression/index.ts'
import { formats, type Format } from '../formats/format.ts'
import { formatTable } from '../formats/index.ts'
import { isLocalLocator } from '../bytes/locator.ts'

/** What the name of a source tells. */
export interface NamedFormat {
  readonly compression: Compression | undefined
  readonly format: Format | undefined
  /** The ending before that of a compression, lower case. */
  readonly extension: string
}

/** Reads the endings of a name: `a.jsonl.gz`; of a URL without its query. */
export function formatOfName(name: string): NamedFormat {
  const path = isLocalLocator(name) ? name : name.replace(/[?#].*$/s, '')
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  const endings = file.toLowerCase().split('.').slice(1)
  const last = endings.at(-1) ?? ''
  const compression = compressions.find((candidate) => compressionTable[candidate].extensions.includes(last))
  const extension = compression === undefined ? last : (endings.at(-2) ?? '')
  const format = formats.find((candidate) => formatTable[candidate].extensions.includes(extension))
  return { compression, format, extension }
}
