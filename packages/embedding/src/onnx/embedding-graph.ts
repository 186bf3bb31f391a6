import { storedFormats, type TableDtype } from '../dtype.ts'
import { graphIrVersion, graphOpset } from './graph-versions.ts'
import { encodeModel, OnnxType, type ExternalTensor, type Node, type ValueInfo } from './model.ts'

/** Where the values of one table lie. */
export interface TableLocation {
  /** Also the name of the tensor in the graph. */
  readonly name: string
  readonly numEmbeddings: number
  readonly embeddingDim: number
  readonly dtype: TableDtype
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

/**
 * The ONNX model `inputs_embeds = Add(Gather(token, input_ids), Gather(position, position_ids))`.
 *
 * Inputs: `input_ids` int32 `[batch, sequence]` and `position_ids` int32 `[1 or batch, sequence]` (one row of positions
 * serves the whole batch by broadcasting). Output: `inputs_embeds` float32 `[batch, sequence, dim]`; rows of f16 and
 * bf16 tables are widened before the sum. The tables are external data, so the bytes stay below 1 KB and depend on
 * sizes, formats and file names alone.
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
  const nodes = position
    ? [
        ...rows(token, 'input_ids', 'token_embeds'),
        ...rows(position, 'position_ids', 'position_embeds'),
        { op: 'Add', inputs: ['token_embeds', 'position_embeds'], output: 'inputs_embeds' },
      ]
    : rows(token, 'input_ids', 'inputs_embeds')
  return encodeModel({
    irVersion: graphIrVersion,
    opset: graphOpset,
    producer: 'sluice',
    graphName: 'embedding',
    nodes,
    tensors: position ? [externalTensor(token), externalTensor(position)] : [externalTensor(token)],
    inputs: position ? [inputIds, positionIds] : [inputIds],
    outputs: [output],
  })
}

/** The rows of a table as float32. */
function rows(table: TableLocation, ids: string, output: string): Node[] {
  if (table.dtype === 'f32') return [{ op: 'Gather', inputs: [table.name, ids], output }]
  const stored = `${output}_${table.dtype}`
  return [
    { op: 'Gather', inputs: [table.name, ids], output: stored },
    { op: 'Cast', inputs: [stored], output, attributes: { to: OnnxType.float32 } },
  ]
}

function externalTensor(table: TableLocation): ExternalTensor {
  const { name, numEmbeddings, embeddingDim, location, offset } = table
  const { onnx, bytes } = storedFormats[table.dtype]
  return {
    name,
    type: onnx,
    shape: [numEmbeddings, embeddingDim],
    location,
    offset,
    length: numEmbeddings * embeddingDim * bytes,
  }
}
