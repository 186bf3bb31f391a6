import { DatasetError } from '../errors.ts'
import type { DatasetStorage, ReadHandle } from '../storage/storage.ts'
import type { DocumentStarts } from './document-starts.ts'
import { documentIndexName, documentIndexShape, flatIdByteLength } from './token-format.ts'
import type { TokenManifest } from './token-manifest.ts'

/** Starts that are read at a time. */
const atATime = 1 << 16

/**
 * Where the documents of token files begin, read from the file that says it.
 *
 * @throws DatasetError `corrupt` for a file of another length than that number of documents takes, and as blocks are read for places
 * that are not in order
 */
export function readDocumentStarts(
  storage: DatasetStorage,
  { format, idType, files, totals: { documents, tokens } }: TokenManifest,
): DocumentStarts {
  const name = documentIndexName[format]
  const { startsAt, byteLength } = documentIndexShape(format, documents)
  // Megatron counts bytes.
  const scale = format === 'tokens' ? 1 : flatIdByteLength[idType]
  const fail = (what: string): DatasetError =>
    new DatasetError('corrupt', `${name} in ${storage.location} is damaged: ${what}`, { file: name })
  if (files[1]?.byteLength !== byteLength)
    throw fail(`${documents} documents take ${byteLength} bytes, it has ${files[1]?.byteLength}`)
  return {
    documents,
    tokens,
    async *blocks() {
      const handle = await storage.openRead(name)
      try {
        let last = -1
        for (let first = 0; first < documents; first += atATime) {
          const block = await readNumbers(handle, startsAt + 8 * first, Math.min(atATime, documents - first))
          for (let at = 0; at < block.length; at++) {
            const start = block[at]! / scale
            const isNext = first + at === 0 ? start === 0 : start > last
            if (!isNext || start >= tokens) throw fail(`document ${first + at} begins at id ${start}`)
            block[at] = start
            last = start
          }
          yield block
        }
      } finally {
        await handle.close()
      }
    },
  }
}

/** Whole numbers that lie as little-endian int64; those that are none below 2^53 are no place of an id. */
async function readNumbers(handle: ReadHandle, position: number, count: number): Promise<Float64Array> {
  const bytes = new Uint8Array(8 * count)
  await handle.read(bytes, position)
  return Float64Array.from(new BigInt64Array(bytes.buffer), Number)
}
