/** Bytes of output a decompressor holds at a time. */
export const outputChunkBytes: number = 1 << 18
