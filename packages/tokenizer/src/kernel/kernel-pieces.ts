import type { IdBuffer } from '../assembly/id-buffer.ts'
import type { Pieces } from '../pretokenize/pieces.ts'
import type { KernelExports } from './kernel-exports.ts'
import { batchLength, KernelMemory, type KernelMemoryOptions, writeText } from './kernel-memory.ts'
import type { LoadedKernel } from './load-kernel.ts'

/** Pieces are encoded in blocks of about this many bytes, which with their ids stay in the processor's cache. */
const blockLength = 1 << 17

/** Writes the ids of pieces that lie one after the other, without gaps. */
export type EncodePieces = (pieces: Pieces, out: IdBuffer) => void

/** Makes the WebAssembly kernel's encoder of pieces that were found elsewhere. It gives the ids of the one in TypeScript. */
export function createKernelPieces(
  { api, module }: LoadedKernel,
  options: Omit<KernelMemoryOptions, 'pattern'>,
): EncodePieces {
  const memory = new KernelMemory(api, { ...options, pattern: undefined })
  const kernel = new api.Instance(module, { env: { memory: memory.memory } }).exports as KernelExports
  memory.build(kernel)

  return ({ bytes, starts, ends, count }, out) => {
    for (let first = 0; first < count;) {
      const start = starts[first]!
      let last = first
      while (last + 1 < count && ends[last + 1]! - start <= blockLength) last++
      const end = ends[last]!
      const buffers = memory.buffersFor(end - start)
      writeText(buffers, bytes.subarray(start, end))
      const list = memory.pieceList
      const shift = buffers.textAt - start
      let idsEnd = buffers.idsAt
      for (let i = first; i <= last;) {
        const listed = Math.min(batchLength, last + 1 - i)
        for (let k = 0; k < listed; k++) list[k] = starts[i + k]! + shift
        i += listed
        list[listed] = ends[i - 1]! + shift
        idsEnd = kernel.encodeListed(listed, idsEnd)
      }
      const ids = (idsEnd - buffers.idsAt) / 4
      out.reserve(ids)
      out.ids.set(buffers.ids.subarray(0, ids), out.length)
      out.length += ids
      first = last + 1
    }
  }
}
