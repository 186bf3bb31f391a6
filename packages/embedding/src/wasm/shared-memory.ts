/** The part of the global that is used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => SharedMemory
}

/** WebAssembly memory that threads share: it can be posted to another thread. Growing it gives a longer `buffer` over the same bytes. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
  grow(pages: number): number
}

/** Bytes of a page of memory. */
export const pageBytes = 65536

/** Reserves addresses for at most `bytes`; none of them is used yet. */
export function createSharedMemory(bytes: number): SharedMemory {
  const maximum = Math.min(65536, Math.ceil(bytes / pageBytes))
  return new WebAssembly.Memory({ initial: 1, maximum, shared: true })
}
