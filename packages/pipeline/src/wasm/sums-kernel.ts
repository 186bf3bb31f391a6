import { base64 } from './sums-module.ts'

/** The parts of the global that are used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

type Sum = (ids: number, count: number, lengths: number, size: number, sums: number) => number
type Highest = (ids: number, count: number) => number

/** What `sums.wat` exports; see there. */
export interface SumsKernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly sumWide: Sum
  readonly sumNarrow: Sum
  readonly highestWide: Highest
  readonly highestNarrow: Highest
}

let compiled: object | undefined

/** A fresh instance with memory of `byteLength` bytes of its own. */
export function sumsKernel(byteLength: number): SumsKernel {
  compiled ??= new WebAssembly.Module(Buffer.from(base64, 'base64'))
  const { exports } = new WebAssembly.Instance(compiled)
  if (!isKernel(exports)) throw new TypeError('sums.wat does not export all that is asked of it')
  exports.memory.grow(Math.ceil(byteLength / 65536))
  return exports
}

const functions = ['sumWide', 'sumNarrow', 'highestWide', 'highestNarrow'] as const

function isKernel(exports: object): exports is SumsKernel {
  const found: Partial<Record<keyof SumsKernel, unknown>> = exports
  return typeof found.memory === 'object' && functions.every((name) => typeof found[name] === 'function')
}
