import type { TableDtype } from '../dtype.ts'
import { OnnxType, type ExternalTensor, type Node } from './model.ts'

/** `OnnxType` of a table's dtype. */
const onnxTypes: Readonly<Record<TableDtype, OnnxType>> = {
  f32: OnnxType.float32,
  f16: OnnxType.float16,
  bf16: OnnxType.bfloat16,
}

/**
 * Collects the nodes of a graph whose values are all float32, rounded to a compute dtype after every step, as torch
 * computes in half formats.
 */
export class GraphBuilder {
  readonly nodes: Node[] = []
  readonly tensors = new Map<string, ExternalTensor>()
  readonly #dtype: TableDtype
  #count = 0

  constructor(dtype: TableDtype) {
    this.#dtype = dtype
  }

  /** Adds a node and returns the name of its output. */
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Node['attributes'],
    output = this.#name(op),
  ): string {
    this.nodes.push({ op, inputs, output, ...(attributes && { attributes }) })
    return output
  }

  /** Adds a node and rounds its float32 output to the compute dtype. */
  rounded(op: string, inputs: readonly string[], attributes?: Node['attributes']): string {
    return this.round(this.node(op, inputs, attributes))
  }

  /** Rounds float32 values to the compute dtype. */
  round(value: string): string {
    if (this.#dtype === 'f32') return value
    return this.node('Cast', [this.node('Cast', [value], { to: onnxTypes[this.#dtype] })], {
      to: OnnxType.float32,
    })
  }

  /** Widens values of a stored tensor to float32, rounded to the compute dtype where they were stored in another. */
  widen(value: string, stored: TableDtype): string {
    const wide = stored === 'f32' ? value : this.node('Cast', [value], { to: OnnxType.float32 })
    return stored === this.#dtype ? wide : this.round(wide)
  }

  /** A float32 constant. */
  float(value: number): string {
    return this.node('Constant', [], { value_float: { float: value } })
  }

  /** Refers to a stored tensor and returns its name. */
  tensor(tensor: ExternalTensor): string {
    this.tensors.set(tensor.name, tensor)
    return tensor.name
  }

  #name(op: string): string {
    return `${op.toLowerCase()}_${this.#count++}`
  }
}
