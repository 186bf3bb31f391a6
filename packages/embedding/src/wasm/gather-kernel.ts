import { base64 } from './gather-module.ts'
import type { SharedMemory } from './shared-memory.ts'

/** The parts of the global that are used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> }
}

/** `gather` of gather.wat; see there. */
export type GatherKernel = (addresses: number, count: number, rowBytes: number, out: number) => void

let compiled: object | undefined

/** The kernel over a memory. */
export function gatherKernel(memory: SharedMemory): GatherKernel {
  compiled ??= new WebAssembly.Module(Buffer.from(base64, 'base64'))
  const { exports } = new WebAssembly.Instance(compiled, { rows: { memory } })
  const { gather } = exports
  if (typeof gather !== 'function') throw new TypeError('gather.wat does not export gather')
  return gather as GatherKernel
}
