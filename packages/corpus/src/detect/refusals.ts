import { begins } from '../bytes/begins.ts'
import { looksBinary } from '../bytes/looks-binary.ts'

/** Content that people have and that is not read here. */
interface Refusal {
  /** What it is, with the way around it. */
  readonly what: string
  /** Whether content is of the kind: a mark counts only with the rest of its format, for a text may begin with it. */
  readonly is: (head: Uint8Array) => boolean
}

/** Bytes of a head in which a text shows itself. */
const shownBytes = 512

function isBinaryWith(magic: string): Refusal['is'] {
  return (head) => begins(head, magic) && looksBinary(head.subarray(0, shownBytes))
}

/** A header of a tar archive holds the sum of its bytes, its own field counted as spaces, in octal digits. */
function isTar(head: Uint8Array): boolean {
  if (!begins(head, 'ustar', 257) || head.length < 512) return false
  const digits = Buffer.from(head.subarray(148, 156)).toString('latin1').trim().replaceAll('\0', '').trim()
  let sum = 0
  for (let at = 0; at < 512; at++) sum += at >= 148 && at < 156 ? 0x20 : head[at]!
  return /^[0-7]+$/.test(digits) && Number.parseInt(digits, 8) === sum
}

const refusals: readonly Refusal[] = [
  {
    what: 'a zip archive (or an office document): unpack it and give the folder',
    is: isBinaryWith('PK\u0003\u0004'),
  },
  {
    what: 'a PDF: extract its text first (for instance with pdftotext)',
    is: (head) =>
      begins(head, '%PDF-') &&
      /^%PDF-\d\.\d\s/.test(Buffer.from(head.subarray(0, 16)).toString('latin1')) &&
      /\d+ \d+ obj\b/.test(Buffer.from(head).toString('latin1')),
  },
  {
    what: 'bzip2, for which no maintained library exists: pipe it in (bzcat FILE | … -) or recompress it (zstd)',
    is: (head) => begins(head, 'BZh') && begins(head, '1AY&SY', 4),
  },
  { what: 'a 7z archive: unpack it and give the folder', is: isBinaryWith('7z\u00bc\u00af\u0027\u001c') },
  { what: 'a rar archive: unpack it and give the folder', is: isBinaryWith('Rar!\u001a\u0007') },
  { what: 'a tar archive: unpack it and give the folder', is: isTar },
  {
    what: 'an SQLite database: export the column with the text as JSON Lines',
    is: isBinaryWith('SQLite format 3\u0000'),
  },
  { what: 'an encrypted Parquet file: decrypt it first', is: isBinaryWith('PARE') },
  {
    what: 'a Feather version 1 file: write it again as Arrow IPC (pyarrow.feather.write_feather)',
    is: isBinaryWith('FEA1'),
  },
  { what: 'an Avro file: export it as JSON Lines or Parquet', is: isBinaryWith('Obj\u0001') },
  {
    what: 'an HDF5 file: export the text as JSON Lines or Parquet',
    is: isBinaryWith('\u0089HDF\r\n\u001a\n'),
  },
]

/** Why content is refused, if it is. */
export function refusalOf(head: Uint8Array): string | undefined {
  return refusals.find(({ is }) => is(head))?.what
}
