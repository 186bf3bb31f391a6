import { createOrdinaryEncoder, type OrdinaryEncoder } from './bpe/ordinary-encoder.ts'
import { withPieceCache } from './bpe/piece-cache.ts'
import { createPieceEncoder } from './bpe/piece-encoder.ts'
import { buildTables } from './bpe/tables.ts'
import { withWholeTokens } from './bpe/whole-tokens.ts'
import { createKernelEncoder } from './kernel/kernel-encoder.ts'
import { loadKernel } from './kernel/load-kernel.ts'
import { createScanner, type KnownPattern } from './pretokenize/known-pattern.ts'
import type { Scanner } from './pretokenize/scanner.ts'
import { tokenLengths, type Vocabulary } from './vocabulary/vocabulary.ts'

/** How an encoder works; its ids do not depend on it. */
export interface EncoderOptions {
  /**
   * `'wasm'` needs WebAssembly SIMD and throws without; `'typescript'` needs nothing; `'auto'` takes the first where it can.
   * @default 'auto'
   */
  readonly implementation?: 'auto' | 'wasm' | 'typescript'
  /**
   * The most bytes for remembering the ids of pieces; rounded down to powers of two. Unit: bytes.
   * @default 6 MiB
   */
  readonly cacheBytes?: number
}

const defaultCacheBytes = 6 << 20

/** Make the part that encodes text without special tokens. */
export async function createEncoder(
  vocabulary: Vocabulary,
  idOfRank: Uint32Array | undefined,
  pattern: KnownPattern,
  options: EncoderOptions,
  unmergedTokens: ReadonlyMap<string, number> = new Map(),
): Promise<{ scan: Scanner; ordinary: OrdinaryEncoder }> {
  const { implementation = 'auto', cacheBytes = defaultCacheBytes } = options
  if (!(cacheBytes >= 0)) throw new RangeError(`Expected \`cacheBytes\` to be 0 or more, got ${cacheBytes}`)
  const scan = createScanner(pattern)
  const lengths = tokenLengths(vocabulary)
  // The kernel does not look for whole tokens that no merging makes; they are rare.
  const canKernel =
    implementation !== 'typescript' &&
    unmergedTokens.size === 0 &&
    lengths.every((length) => length <= 0xffff)
  const kernel = canKernel ? await loadKernel() : undefined
  if (kernel !== undefined) {
    // Two thirds for short pieces, one for long ones.
    const shortCacheBits = entryBits((cacheBytes * 2) / 3)
    const longCacheBits = entryBits(cacheBytes / 3)
    return {
      scan,
      ordinary: createKernelEncoder(kernel, {
        vocabulary,
        lengths,
        idOfRank,
        pattern,
        shortCacheBits,
        longCacheBits,
      }),
    }
  }
  if (implementation === 'wasm')
    throw new Error('Expected WebAssembly SIMD and a vocabulary that the kernel can hold: use `auto`')
  const merged = createPieceEncoder(buildTables(vocabulary))
  const pieces = unmergedTokens.size === 0 ? merged : withWholeTokens(merged, unmergedTokens)
  return {
    scan,
    ordinary: createOrdinaryEncoder(scan, withPieceCache(pieces, cacheBytes), idOfRank),
  }
}

/** The logarithm of how many 64-byte entries fit; at least 4 entries. */
function entryBits(bytes: number): number {
  return Math.max(2, Math.floor(Math.log2(Math.max(bytes, 64) / 64)))
}
