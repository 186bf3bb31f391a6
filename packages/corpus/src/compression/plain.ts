import type { CompressionRecord } from './compression.ts'

/** No compression. */
export const plain: CompressionRecord = { extensions: [], decompress: (chunks) => chunks }
