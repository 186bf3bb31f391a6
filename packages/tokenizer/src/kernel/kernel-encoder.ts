import type { OrdinaryEncoder } from '../bpe/ordinary-encoder.ts'
import type { KnownPattern } from '../pretokenize/known-pattern.ts'
import { findSafeCut } from '../safe-cut.ts'
import type { KernelExports } from './kernel-exports.ts'
import type { LoadedKernel } from './load-kernel.ts'
import { KernelMemory, type KernelMemoryOptions, writeText } from './kernel-memory.ts'

/** Texts are encoded in blocks of about this many bytes, which with their ids stay in the processor's cache. */
const blockLength = 1 << 17

/** Make the WebAssembly kernel's encoder. It gives the ids of the one in TypeScript. */
export function createKernelEncoder(
  { api, module }: LoadedKernel,
  options: KernelMemoryOptions & { readonly pattern: KnownPattern },
): OrdinaryEncoder {
  const memory = new KernelMemory(api, options)
  const instance = new api.Instance(module, { env: { memory: memory.memory } })
  const kernel = instance.exports as KernelExports
  const encodeText = {
    gpt2: kernel.encodeGpt2,
    cl100k: kernel.encodeCl100k,
    o200k: kernel.encodeO200k,
  }[options.pattern.family]
  memory.build(kernel)

  function run(
    encodeBytes: KernelExports['encodePiece'],
    text: Uint8Array,
    target: Uint32Array,
    at: number,
  ): number {
    const buffers = memory.buffersFor(text.length)
    writeText(buffers, text)
    const { textAt, idsAt, ids } = buffers
    const idsEnd = encodeBytes(textAt, textAt + text.length, idsAt)
    if (idsEnd === 0) return -1
    const count = (idsEnd - idsAt) / 4
    copyIds(ids, count, target, at)
    return at + count
  }

  return {
    encode(bytes, start, end, target, at) {
      while (start < end && at >= 0) {
        const blockEnd = end - start > 2 * blockLength ? findBlockEnd(bytes, start + blockLength, end) : end
        const isWhole = start === 0 && blockEnd === bytes.length
        at = run(encodeText, isWhole ? bytes : bytes.subarray(start, blockEnd), target, at)
        start = blockEnd
      }
      return at
    },
    encodePiece: (bytes, start, end, target, at) =>
      run(kernel.encodePiece, bytes.subarray(start, end), target, at),
  }
}

/** Up to this many ids a loop is quicker than making a view. */
const fewIds = 64

function copyIds(ids: Uint32Array, count: number, target: Uint32Array, at: number): void {
  if (count > fewIds) target.set(ids.subarray(0, count), at)
  else for (let index = 0; index < count; index++) target[at + index] = ids[index]!
}

function findBlockEnd(bytes: Uint8Array, near: number, end: number): number {
  const reach = 4096
  for (let from = near; from < end; from += reach) {
    const cut = findSafeCut(bytes, from, Math.min(reach, end - from))
    if (cut >= 0) return cut
  }
  return end
}
