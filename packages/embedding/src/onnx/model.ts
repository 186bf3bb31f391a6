import { ProtobufWriter } from './protobuf-writer.ts'

/** `TensorProto.DataType` of the ONNX specification. */
export const OnnxType = { float32: 1, int32: 6, float16: 10, bfloat16: 16 } as const
export type OnnxType = (typeof OnnxType)[keyof typeof OnnxType]

/** A tensor whose values lie in a file beside the model. */
export interface ExternalTensor {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly number[]
  /** Path relative to the model file. */
  readonly location: string
  readonly offset: number
  readonly length: number
}

/** A value of a node's attribute: a whole number, a float32, or a list of whole numbers. */
export type Attribute = number | { readonly float: number } | { readonly integers: readonly number[] }

/** An operator of the default domain. */
export interface Node {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, Attribute>>
}

/** An input or output of the graph; a string is a size that is known only at run time. */
export interface ValueInfo {
  readonly name: string
  readonly type: OnnxType
  readonly shape: readonly (number | string)[]
}

/** A model of one graph. */
export interface Model {
  readonly irVersion: number
  readonly opset: number
  readonly producer: string
  readonly graphName: string
  readonly nodes: readonly Node[]
  readonly tensors: readonly ExternalTensor[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
}

/** `TensorProto.DataLocation.EXTERNAL`. */
const external = 1
/** `AttributeProto.AttributeType`. */
const attributeType = { float: 1, integer: 2, integers: 7 } as const

/** The bytes of a `ModelProto` (field numbers: onnx.proto of ONNX 1.23). */
export function encodeModel(model: Model): Uint8Array {
  return new ProtobufWriter()
    .integer(1, model.irVersion)
    .string(2, model.producer)
    .message(7, (graph) => encodeGraph(graph, model))
    .message(8, (opset) => opset.string(1, '').integer(2, model.opset))
    .finish()
}

function encodeGraph(graph: ProtobufWriter, model: Model): void {
  for (const node of model.nodes) graph.message(1, (writer) => encodeNode(writer, node))
  graph.string(2, model.graphName)
  for (const tensor of model.tensors) graph.message(5, (writer) => encodeTensor(writer, tensor))
  for (const input of model.inputs) graph.message(11, (writer) => encodeValue(writer, input))
  for (const output of model.outputs) graph.message(12, (writer) => encodeValue(writer, output))
}

function encodeNode(writer: ProtobufWriter, node: Node): void {
  for (const input of node.inputs) writer.string(1, input)
  writer.string(2, node.output).string(3, node.output).string(4, node.op)
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    writer.message(5, (attribute) => encodeAttribute(attribute.string(1, name), value))
  }
}

function encodeAttribute(writer: ProtobufWriter, value: Attribute): void {
  if (typeof value === 'number') writer.integer(3, value).integer(20, attributeType.integer)
  else if ('float' in value) writer.float(2, value.float).integer(20, attributeType.float)
  else {
    for (const item of value.integers) writer.integer(8, item)
    writer.integer(20, attributeType.integers)
  }
}

function encodeTensor(writer: ProtobufWriter, tensor: ExternalTensor): void {
  for (const size of tensor.shape) writer.integer(1, size)
  writer.integer(2, tensor.type).string(8, tensor.name)
  const entries = { location: tensor.location, offset: String(tensor.offset), length: String(tensor.length) }
  for (const [key, value] of Object.entries(entries)) {
    writer.message(13, (entry) => entry.string(1, key).string(2, value))
  }
  writer.integer(14, external)
}

function encodeValue(writer: ProtobufWriter, { name, type, shape }: ValueInfo): void {
  writer.string(1, name).message(2, (typeProto) =>
    typeProto.message(1, (tensor) =>
      tensor.integer(1, type).message(2, (dimensions) => {
        for (const size of shape) {
          dimensions.message(1, (dimension) =>
            typeof size === 'number' ? dimension.integer(1, size) : dimension.string(2, size),
          )
        }
      }),
    ),
  )
}
