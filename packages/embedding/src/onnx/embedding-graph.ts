import { encodeModel, OnnxType, type ExternalTensor, type Node, type ValueInfo } from './model.ts'

/** Where the values of one table lie. */
export interface TableLocation {
  /** Also the name of the tensor in the graph. */
  readonly name: string
  readonly numEmbeddings: number
  readonly embeddingDim: number
  /** Path of the file, relative to the model file. */
  readonly location: string
  /** Of the first value, in bytes. */
  readonly offset: number
}

/** The tables a graph looks up. */
export interface GraphTables {
  readonly token: TableLocation
  /** Left out, the graph has no positions: its output is the token embedding alone. */
  readonly position?: TableLocation | undefined
}

/** Pinned: understood by ONNX Runtime from 1.12 (2022) on. */
const IR_VERSION = 8
const OPSET = 17

/**
 * The ONNX model `inputs_embeds = Add(Gather(token, input_ids), Gather(position, position_ids))`, float32.
 *
 * Inputs: `input_ids` int32 `[batch, sequence]` and `position_ids` int32 `[1 or batch, sequence]` (one row of positions
 * serves the whole batch by broadcasting). Output: `inputs_embeds` float32 `[batch, sequence, dim]`. The tables are
 * external data, so the bytes stay below 1 KB and depend on sizes and file names alone.
 */
export function buildEmbeddingGraph({ token, position }: GraphTables): Uint8Array {
  const inputIds: ValueInfo = { name: 'input_ids', type: OnnxType.int32, shape: ['batch', 'sequence'] }
  const positionIds: ValueInfo = {
    name: 'position_ids',
    type: OnnxType.int32,
    shape: ['position_batch', 'sequence'],
  }
  const output: ValueInfo = {
    name: 'inputs_embeds',
    type: OnnxType.float32,
    shape: ['batch', 'sequence', token.embeddingDim],
  }
  const nodes: Node[] = position
    ? [
        { op: 'Gather', inputs: [token.name, 'input_ids'], output: 'token_embeds' },
        { op: 'Gather', inputs: [position.name, 'position_ids'], output: 'position_embeds' },
        { op: 'Add', inputs: ['token_embeds', 'position_embeds'], output: 'inputs_embeds' },
      ]
    : [{ op: 'Gather', inputs: [token.name, 'input_ids'], output: 'inputs_embeds' }]
  return encodeModel({
    irVersion: IR_VERSION,
    opset: OPSET,
    producer: 'sluice',
    graphName: 'embedding',
    nodes,
    tensors: position ? [externalTensor(token), externalTensor(position)] : [externalTensor(token)],
    inputs: position ? [inputIds, positionIds] : [inputIds],
    outputs: [output],
  })
}

function externalTensor(table: TableLocation): ExternalTensor {
  const { name, numEmbeddings, embeddingDim, location, offset } = table
  return {
    name,
    type: OnnxType.float32,
    shape: [numEmbeddings, embeddingDim],
    location,
    offset,
    length: numEmbeddings * embeddingDim * 4,
  }
}
