/** What a run cannot be quicker than: its bytes have to be on the disk, and their hash known. */
import { createHash } from 'node:crypto'
import { closeSync, constants, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

const chunkByteLength = 8 << 20

/** Seconds of a write of as many bytes through the system's cache, until they are on the disk. */
export function timeRawWrite(path: string, byteLength: number): number {
  return timeWrite(path, byteLength, 'w', new Uint8Array(chunkByteLength).fill(7))
}

/** The same around the cache; undefined where the file system cannot. */
export function timeDirectWrite(path: string, byteLength: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const { O_CREAT, O_DIRECT, O_WRONLY } = constants
  // Direct writes want memory that begins at a page.
  const memory = new WebAssembly.Memory({ initial: chunkByteLength / 65536 })
  const whole = Math.ceil(byteLength / 4096) * 4096
  try {
    return timeWrite(path, whole, O_CREAT | O_DIRECT | O_WRONLY, new Uint8Array(memory.buffer).fill(7))
  } catch {
    return undefined
  }
}

/** The part of the global that is used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { readonly initial: number }) => { readonly buffer: ArrayBuffer }
}

function timeWrite(path: string, byteLength: number, flags: number | string, chunk: Uint8Array): number {
  const started = performance.now()
  const file = openSync(path, flags)
  for (let left = byteLength; left > 0; left -= chunk.length)
    writeSync(file, chunk, 0, Math.min(left, chunk.length))
  fsyncSync(file)
  closeSync(file)
  const seconds = (performance.now() - started) / 1000
  rmSync(path)
  return seconds
}

/** Seconds of hashing as many bytes. */
export function timeSha256(byteLength: number): number {
  const chunk = new Uint8Array(1 << 20).fill(7)
  const started = performance.now()
  const hash = createHash('sha256')
  for (let left = byteLength; left > 0; left -= chunk.length)
    hash.update(left < chunk.length ? chunk.subarray(0, left) : chunk)
  hash.digest()
  return (performance.now() - started) / 1000
}
