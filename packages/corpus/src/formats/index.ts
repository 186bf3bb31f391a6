import { arrowFile } from './arrow/arrow-file.ts'
import { arrowStream } from './arrow/arrow-stream.ts'
import { csv } from './csv.ts'
import type { Format, FormatRecord } from './format.ts'
import { idsInt32, idsUint16, idsUint32 } from './ids/flat.ts'
import { npy } from './ids/npy.ts'
import { jsonl } from './jsonl.ts'
import { parquet } from './parquet/parquet.ts'
import { txt } from './txt.ts'

/** Every format that is read: detection and segments look here. */
export const formatTable: Readonly<Record<Format, FormatRecord>> = {
  txt,
  jsonl,
  csv,
  parquet,
  'arrow-file': arrowFile,
  'arrow-stream': arrowStream,
  npy,
  'ids-uint16': idsUint16,
  'ids-uint32': idsUint32,
  'ids-int32': idsInt32,
}
