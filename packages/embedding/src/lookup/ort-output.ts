import type { OnnxValue, Tensor as OrtTensor } from 'onnxruntime-node'
import { decodeBfloat16, decodeFloat16, encodeBfloat16 } from '@sluice/torch-random'
import type { TableDtype } from '../dtype.ts'

/** How a graph gives vectors: as float32, as float16, or as rows of `stored` that were moved as words. */
export interface OutputForm {
  readonly name: string
  readonly type: 'float32' | 'float16' | 'int32'
  /** Elements of a token's vector in the output: words are pairs of halves. */
  readonly width: number
  /** What a vector's values are. */
  readonly dtype: TableDtype
}

/** Takes vectors from a run: given to it as a tensor to write to, then asked to bring them where they belong. */
export interface OutputTaker {
  /** The tensor that a run writes to. */
  readonly tensor: OnnxValue
  /** Fills the target. */
  finish(): void
}

/** Memory between a graph's output and where vectors belong, used again for every run. */
export class OutputMemory {
  readonly #Tensor: typeof OrtTensor
  readonly #form: OutputForm
  #bytes = new ArrayBuffer(0)

  constructor(form: OutputForm, Tensor: typeof OrtTensor) {
    this.#form = form
    this.#Tensor = Tensor
  }

  /**
   * @param dims windows and tokens of each
   * @param target float32 values, or bits of the graph's own half format
   */
  take(dims: readonly [number, number], target: Float32Array | Uint16Array): OutputTaker {
    const { type, width, dtype } = this.#form
    const shape = [...dims, width]
    const count = dims[0] * dims[1] * width
    const toFloats = target instanceof Float32Array ? target : undefined
    const toBits = target instanceof Float32Array ? undefined : target
    const decode = dtype === 'bf16' ? decodeBfloat16 : decodeFloat16
    switch (type) {
      case 'float32': {
        const values = toFloats ?? new Float32Array(this.#memory(4 * count), 0, count)
        return {
          tensor: new this.#Tensor('float32', values, shape),
          finish: () => toBits && encodeBfloat16(values, toBits),
        }
      }
      case 'float16': {
        const bits = toBits ?? new Uint16Array(this.#memory(2 * count), 0, count)
        return { tensor: this.#halves(bits, shape), finish: () => toFloats && decodeFloat16(bits, toFloats) }
      }
      case 'int32': {
        const isAligned = toBits !== undefined && toBits.byteOffset % 4 === 0
        const words = isAligned
          ? new Int32Array(toBits.buffer, toBits.byteOffset, count)
          : new Int32Array(this.#memory(4 * count), 0, count)
        return {
          tensor: new this.#Tensor('int32', words, shape),
          finish() {
            if (isAligned) return
            const bits = new Uint16Array(words.buffer, words.byteOffset, 2 * count)
            if (toBits) toBits.set(bits)
            if (toFloats) decode(bits, toFloats)
          },
        }
      }
    }
  }

  /** onnxruntime-node 1.30 finds no bytes in the Float16Array of Node 24 and writes to its Uint16Array alone, which its class does not take. */
  #halves(data: Uint16Array, dims: readonly number[]): OnnxValue {
    const facts = { type: 'float16', dims, location: 'cpu', data, size: data.length }
    const fields = Object.entries(facts).map(([name, value]) => [name, { value }] as const)
    return Object.create(this.#Tensor.prototype as object, Object.fromEntries(fields)) as OnnxValue
  }

  #memory(byteLength: number): ArrayBuffer {
    if (this.#bytes.byteLength < byteLength) this.#bytes = new ArrayBuffer(byteLength)
    return this.#bytes
  }
}
