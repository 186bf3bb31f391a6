import type { TableDtype } from '../dtype.ts'
import { OnnxType, type ExternalTensor, type Node } from './model.ts'

/**
 * Collects the nodes of a graph whose values are rounded to a compute dtype after every step, as torch computes in half formats.
 *
 * Between two steps a value is float32, but for f16, which stays float16: rows are moved as halves, and what the graph returns is half
 * as large. Every step computes in float32 and rounds by a Cast of its own: two Adds of float16 in a row would be rounded once on the
 * CPU, where ONNX Runtime computes them in float32 and removes the casts between them (seen in 1.30.0).
 */
export class GraphBuilder {
  readonly nodes: Node[] = []
  readonly tensors = new Map<string, ExternalTensor>()
  readonly #dtype: TableDtype
  #count = 0

  constructor(dtype: TableDtype) {
    this.#dtype = dtype
  }

  /** The type of the graph's values between two steps. */
  get valueType(): OnnxType {
    return this.#dtype === 'f16' ? OnnxType.float16 : OnnxType.float32
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

  /** Adds two values of the compute dtype. */
  sum(a: string, b: string): string {
    return this.round(this.node('Add', [this.wide(a), this.wide(b)]))
  }

  /** Rounds float32 values to the compute dtype. */
  round(value: string): string {
    switch (this.#dtype) {
      case 'f32':
        return value
      case 'f16':
        return this.node('Cast', [value], { to: OnnxType.float16 })
      case 'bf16':
        return this.node('Cast', [this.node('Cast', [value], { to: OnnxType.bfloat16 })], {
          to: OnnxType.float32,
        })
    }
  }

  /** Values of the compute dtype as float32. */
  wide(value: string): string {
    return this.#dtype === 'f16' ? this.node('Cast', [value], { to: OnnxType.float32 }) : value
  }

  /** Turns values of a stored tensor into values of the compute dtype. */
  load(value: string, stored: TableDtype): string {
    if (stored === 'f16' && this.#dtype === 'f16') return value
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
