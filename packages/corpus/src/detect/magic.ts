import type { Compression } from '../compression/compression.ts'
import type { Format } from './source-format.ts'

/** `\u00xx` escapes stand for bytes. */
function begins(bytes: Uint8Array, magic: string, at: number = 0): boolean {
  if (bytes.length < at + magic.length) return false
  for (let k = 0; k < magic.length; k++) if (bytes[at + k] !== magic.charCodeAt(k)) return false
  return true
}

/** The compression that the first bytes show; brotli has no mark. */
export function compressionByMagic(head: Uint8Array): Compression | undefined {
  if (begins(head, '\u001f\u008b')) return 'gzip'
  if (begins(head, '\u0028\u00b5\u002f\u00fd')) return 'zstd'
  if (begins(head, '\u002a\u004d\u0018', 1) && ((head[0] ?? 0) & 0xf0) === 0x50) return 'zstd'
  if (begins(head, '\u00fd7zXZ\u0000')) return 'xz'
  return undefined
}

/** The table format that the first bytes show. */
export function formatByMagic(head: Uint8Array): Format | undefined {
  if (begins(head, 'PAR1')) return 'parquet'
  if (begins(head, 'ARROW1\u0000\u0000')) return 'arrow-file'
  if (isArrowStream(head)) return 'arrow-stream'
  return undefined
}

/** A continuation mark, then the length of a schema message, which is a multiple of 8. */
function isArrowStream(head: Uint8Array): boolean {
  if (!begins(head, '\u00ff\u00ff\u00ff\u00ff') || head.length < 8) return false
  const length = new DataView(head.buffer, head.byteOffset).getInt32(4, true)
  return length > 0 && length % 8 === 0
}

/** What people have that is not read here, with the way around it. */
const refusals: readonly (readonly [magic: string, at: number, what: string])[] = [
  ['PK\u0003\u0004', 0, 'a zip archive (or an office document): unpack it and give the folder'],
  ['%PDF-', 0, 'a PDF: extract its text first (for instance with pdftotext)'],
  [
    'BZh',
    0,
    'bzip2, for which no maintained library exists: pipe it in (bzcat FILE | … -) or recompress it (zstd)',
  ],
  ['7z\u00bc\u00af\u0027\u001c', 0, 'a 7z archive: unpack it and give the folder'],
  ['Rar!\u001a\u0007', 0, 'a rar archive: unpack it and give the folder'],
  ['ustar', 257, 'a tar archive: unpack it and give the folder'],
  ['SQLite format 3\u0000', 0, 'an SQLite database: export the column with the text as JSON Lines'],
  ['PARE', 0, 'an encrypted Parquet file: decrypt it first'],
  ['FEA1', 0, 'a Feather version 1 file: write it again as Arrow IPC (pyarrow.feather.write_feather)'],
  ['Obj\u0001', 0, 'an Avro file: export it as JSON Lines or Parquet'],
  ['\u0089HDF\r\n\u001a\n', 0, 'an HDF5 file: export the text as JSON Lines or Parquet'],
  ['\u00ff\u00fe', 0, 'UTF-16 text: convert it (iconv -f UTF-16 -t UTF-8)'],
  ['\u00fe\u00ff', 0, 'UTF-16 text: convert it (iconv -f UTF-16 -t UTF-8)'],
]

/** Why content with this head is refused, if it is. */
export function refusalByMagic(head: Uint8Array): string | undefined {
  for (const [magic, at, what] of refusals) {
    if (begins(head, magic, at) && (magic !== 'BZh' || isBzip2(head))) return what
  }
  return undefined
}

/** A text may begin with "BZh"; a bzip2 stream goes on with a level and the digits of pi. */
function isBzip2(head: Uint8Array): boolean {
  return begins(head, '1AY&SY', 4)
}
