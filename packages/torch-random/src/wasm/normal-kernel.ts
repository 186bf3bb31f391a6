import { base64 } from './normal-module.ts'

/** The part of the global that is used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  fused(): number
  twist(): void
  unit24(word: number, out: number, count: number): void
  normal(at: number, end: number, std: number, mean: number): void
}

/** Values made at a time, so that they are still in the cache when they are copied out. */
export const pieceLength = 8192

const stateWords = 624
const outOffset = 4096

/** `normal.wat` in reach of JavaScript. */
export interface NormalKernel {
  /** The words of a generator's state. */
  readonly state: Uint32Array
  /** Replaces them by the next ones. */
  twist(): void
  /** {@link pieceLength} values. */
  readonly values: Float32Array
  /** Makes `count` uniform values, from word `next` of the state on, as `values[at …]`. */
  unit24(next: number, at: number, count: number): void
  /** Turns the first `count` uniform values into normal ones; a multiple of 16. */
  normal(count: number, std: number, mean: number): void
}

let loaded: NormalKernel | undefined | null = null

/**
 * The kernel, or undefined where the engine has no relaxed SIMD (Node 20) or the processor no fused multiply-add: there
 * normal-avx2.ts gives the same bits, more slowly. Nobody keeps it across calls: all callers of a thread share it.
 */
export function normalKernel(): NormalKernel | undefined {
  if (loaded === null) loaded = load()
  return loaded
}

function load(): NormalKernel | undefined {
  let exports: Exports
  try {
    const module = new WebAssembly.Module(Buffer.from(base64, 'base64'))
    exports = new WebAssembly.Instance(module).exports as Exports
  } catch {
    return undefined
  }
  if (exports.fused() === 0) return undefined
  const { buffer } = exports.memory
  return {
    state: new Uint32Array(buffer, 0, stateWords),
    values: new Float32Array(buffer, outOffset, pieceLength),
    twist: () => exports.twist(),
    unit24: (next, at, count) => exports.unit24(next * 4, outOffset + at * 4, count),
    normal: (count, std, mean) => exports.normal(outOffset, outOffset + count * 4, std, mean),
  }
}
