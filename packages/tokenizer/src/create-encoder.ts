import { type ByteLevelModel, createByteLevelPieces } from './bpe/byte-level-model.ts'
import { createOrdinaryEncoder, type OrdinaryEncoder } from './bpe/ordinary-encoder.ts'
import { createRoutedEncoder, plainPartOf } from './bpe/routed-encoder.ts'
import { createKernelEncoder } from './kernel/kernel-encoder.ts'
import type { KernelMemoryOptions } from './kernel/kernel-memory.ts'
import { createKernelPieces, type EncodePieces } from './kernel/kernel-pieces.ts'
import { loadKernel } from './kernel/load-kernel.ts'
import type { Asset } from './load/asset.ts'
import { createScanner, type KnownPattern } from './pretokenize/known-pattern.ts'
import type { Scanner } from './pretokenize/scanner.ts'
import { tokenLengths } from './vocabulary/vocabulary.ts'

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
  /**
   * The WebAssembly kernel, `@sluice/tokenizer/kernel.wasm`.
   * @default where the package has it
   */
  readonly kernel?: Asset
}

const defaultCacheBytes = 6 << 20

/** The cache size of options, checked. */
export function cacheBytesOf({ cacheBytes = defaultCacheBytes }: EncoderOptions): number {
  if (!(cacheBytes >= 0)) throw new RangeError(`Expected \`cacheBytes\` to be 0 or more, got ${cacheBytes}`)
  return cacheBytes
}

/** Makes the part that encodes text without special tokens. */
export async function createEncoder(
  model: ByteLevelModel,
  pattern: KnownPattern,
  options: EncoderOptions,
): Promise<{ scan: Scanner; ordinary: OrdinaryEncoder }> {
  const { implementation = 'auto' } = options
  const cacheBytes = cacheBytesOf(options)
  const scan = createScanner(pattern)
  const inTypeScript = (): OrdinaryEncoder =>
    createOrdinaryEncoder(scan, createByteLevelPieces(model, cacheBytes))
  const kernel =
    implementation !== 'typescript' && kernelFinds(pattern) && holdsVocabulary(model)
      ? await loadKernel(options.kernel)
      : undefined
  if (kernel === undefined) {
    if (implementation === 'wasm')
      throw new Error('Expected WebAssembly SIMD and a vocabulary that the kernel can hold: use `auto`')
    return { scan, ordinary: inTypeScript() }
  }
  const inKernel = (part: ByteLevelModel): OrdinaryEncoder =>
    createKernelEncoder(kernel, { ...kernelOptions(part, cacheBytes), pattern })
  // The kernel merges in order and knows no other tokens: what has some is left to TypeScript.
  if (model.wholeTokens.size === 0 && model.vocabulary.earlyRanks === undefined)
    return { scan, ordinary: inKernel(model) }
  const plain = plainPartOf(model)
  const exact = whenNeeded(inTypeScript)
  return { scan, ordinary: createRoutedEncoder(inKernel(plain.model), exact, plain.holdsOthers) }
}

/** Makes an encoder when it has a text: its tables take as long as reading the file, and few texts need them. */
function whenNeeded(make: () => OrdinaryEncoder): OrdinaryEncoder {
  let made: OrdinaryEncoder | undefined
  const get = (): OrdinaryEncoder => (made ??= make())
  return {
    encode: (bytes, start, end, target, at) => get().encode(bytes, start, end, target, at),
    encodePiece: (bytes, start, end, target, at) => get().encodePiece(bytes, start, end, target, at),
  }
}

/**
 * Makes the part that encodes pieces that were found elsewhere and lie one after the other; undefined where only TypeScript can.
 */
export async function createPiecesEncoder(
  model: ByteLevelModel,
  options: EncoderOptions,
): Promise<EncodePieces | undefined> {
  const isPlain = model.wholeTokens.size === 0 && model.vocabulary.earlyRanks === undefined
  if (options.implementation === 'typescript' || !isPlain || !holdsVocabulary(model)) return undefined
  const kernel = await loadKernel(options.kernel)
  return kernel === undefined
    ? undefined
    : createKernelPieces(kernel, kernelOptions(model, cacheBytesOf(options)))
}

function kernelOptions(
  { vocabulary, idOfRank }: ByteLevelModel,
  cacheBytes: number,
): Omit<KernelMemoryOptions, 'pattern'> {
  return {
    vocabulary,
    lengths: tokenLengths(vocabulary),
    idOfRank,
    // Two thirds for short pieces, one for long ones.
    shortCacheBits: entryBits((cacheBytes * 2) / 3),
    longCacheBits: entryBits(cacheBytes / 3),
  }
}

/** Whether the kernel finds the pieces of a pattern: its arithmetic on runs of numbers knows 1 and 3, and marks are no letters to it. */
export function kernelFinds({ family, digits, marks }: KnownPattern): boolean {
  return (family === 'gpt2' || digits === 1 || digits === 3) && !marks
}

function holdsVocabulary({ vocabulary, wholeTokens, missingBytes }: ByteLevelModel): boolean {
  return (
    missingBytes === undefined &&
    // A token of one byte would be in nearly every text.
    Array.from(wholeTokens.keys()).every((token) => token.length > 1) &&
    tokenLengths(vocabulary).every((length) => length <= 0xffff)
  )
}

/** The logarithm of how many 64-byte entries fit; at least 4 entries. */
function entryBits(bytes: number): number {
  return Math.max(2, Math.floor(Math.log2(Math.max(bytes, 64) / 64)))
}
