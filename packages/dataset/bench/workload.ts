import { resolveLayout, type DatasetLayout, type PartBatch } from '../src/index.ts'

/** Windows of 256 tokens with float32 embeddings of 768: 0.79 MB a row. */
export const layout: DatasetLayout = resolveLayout({
  maxLength: 256,
  vocabSize: 50257,
  embedding: 'full',
  dim: 768,
})

/** One record batch of rows; the benchmark writes it again and again, as the pipeline reuses its buffers. */
export function makeBatch(): PartBatch {
  const { rowsPerBatch: rows, maxLength, dim, vocabSize } = layout
  const ids = (shift: number): Int32Array =>
    Int32Array.from({ length: rows * maxLength }, (_, index) => (index * 31 + shift) % vocabSize)
  return {
    rows,
    inputIds: ids(0),
    targetIds: ids(31),
    inputsEmbeds: Float32Array.from({ length: rows * maxLength * dim }, (_, index) => Math.sin(index)),
    source: new Int32Array(rows),
    byteStart: new Float64Array(rows),
    byteEnd: new Float64Array(rows),
  }
}

/** Record batches that hold this many bytes together. */
export function batchesFor(byteLength: number): number {
  return Math.ceil(byteLength / (layout.rowsPerBatch * layout.maxLength * layout.dim * 4))
}
