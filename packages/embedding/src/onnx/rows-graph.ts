import { storedFormats } from '../dtype.ts'
import type { TableLocation } from './embedding-graph.ts'
import { graphIrVersion, graphOpset } from './graph-versions.ts'
import { encodeModel, OnnxType } from './model.ts'

/** Bytes of the words that rows are moved in. */
const wordBytes = 4

/** Returns whether the rows of a table are whole words, which {@link buildRowsGraph} needs. */
export function hasWholeWords({
  embeddingDim,
  dtype,
}: Pick<TableLocation, 'embeddingDim' | 'dtype'>): boolean {
  return (embeddingDim * storedFormats[dtype].bytes) % wordBytes === 0
}

/**
 * The ONNX model `words = Gather(table, input_ids)` over a table whose rows are taken as int32 words, whatever they hold.
 *
 * Nothing is computed, so rows keep their bits on every device, also in formats that the device or the binding does not know
 * (bfloat16 is neither in WebGPU nor in ONNX Runtime's binding for Node), and half formats move half the bytes.
 *
 * Input: `input_ids` int32 `[batch, sequence]`. Output: `words` int32 `[batch, sequence, row bytes / 4]`.
 */
export function buildRowsGraph({
  name,
  numEmbeddings,
  embeddingDim,
  dtype,
  location,
  offset,
}: TableLocation): Uint8Array {
  const rowBytes = embeddingDim * storedFormats[dtype].bytes
  const rowWords = rowBytes / wordBytes
  return encodeModel({
    irVersion: graphIrVersion,
    opset: graphOpset,
    producer: 'sluice',
    graphName: 'rows',
    nodes: [{ op: 'Gather', inputs: [name, 'input_ids'], output: 'words' }],
    tensors: [
      {
        ...{ name, location, offset },
        type: OnnxType.int32,
        shape: [numEmbeddings, rowWords],
        length: numEmbeddings * rowBytes,
      },
    ],
    inputs: [{ name: 'input_ids', type: OnnxType.int32, shape: ['batch', 'sequence'] }],
    outputs: [{ name: 'words', type: OnnxType.int32, shape: ['batch', 'sequence', rowWords] }],
  })
}
