/** The part of the global that is used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: {
    readonly initial: number
    readonly maximum: number
    readonly shared: boolean
  }) => { readonly buffer: ArrayBufferLike }
}

const wasmPageByteLength = 65536

/** Memory of files that are done, for the next ones: the first touch of a page costs more than writing it. */
const free: Uint8Array[] = []
/** What is kept at most: the files of one thread that are under way at a time are few. */
const mostFree = 2

/**
 * Memory that begins at a page, as direct writes want it: of all that JavaScript can allocate only WebAssembly's does.
 *
 * @param byteLength the same in all calls of a thread
 * @param shared other threads may read it
 */
export function takePageMemory(byteLength: number, shared: boolean): Uint8Array {
  const at = free.findIndex(
    (memory) => memory.byteLength === byteLength && memory.buffer instanceof SharedArrayBuffer === shared,
  )
  if (at !== -1) return free.splice(at, 1)[0]!
  const pages = Math.ceil(byteLength / wasmPageByteLength)
  return new Uint8Array(
    new WebAssembly.Memory({ initial: pages, maximum: pages, shared }).buffer,
    0,
    byteLength,
  )
}

/** Gives memory back that nothing reads or writes any more. */
export function givePageMemory(memory: Uint8Array): void {
  if (free.length < mostFree) free.push(memory)
}
