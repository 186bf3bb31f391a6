import { base64 } from './gather-module.ts'

/** The parts of the global that are used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => SharedMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> }
}

/** WebAssembly memory that threads share: it can be posted to another thread. Growing it gives a longer `buffer` over the same bytes. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
  grow(pages: number): number
}

/** `gather` of gather.wat; see there. */
export type GatherKernel = (addresses: number, count: number, rowBytes: number, out: number) => void

/** Bytes of a page of memory. */
export const pageBytes = 65536

let compiled: object | undefined

/** Reserves addresses for at most `bytes`; none of them is used yet. */
export function createSharedMemory(bytes: number): SharedMemory {
  const maximum = Math.min(65536, Math.ceil(bytes / pageBytes))
  return new WebAssembly.Memory({ initial: 1, maximum, shared: true })
}

/** The kernel over a memory. */
export function gatherKernel(memory: SharedMemory): GatherKernel {
  compiled ??= new WebAssembly.Module(Buffer.from(base64, 'base64'))
  const { exports } = new WebAssembly.Instance(compiled, { rows: { memory } })
  const { gather } = exports
  if (typeof gather !== 'function') throw new TypeError('gather.wat does not export gather')
  return gather as GatherKernel
}
