import { drawNormal } from './box-muller.ts'
import { TorchRandomError } from './errors.ts'
import type { BitFamily } from './family.ts'
import { cos, log1p, sin } from './portable-math.ts'
import type { Generator } from './generator.ts'
import { normalAvx2 } from './normal-avx2.ts'
import { normalScalar } from './normal-scalar.ts'

/** How to draw normal values. */
export interface NormalOptions {
  /** Where the randomness comes from; it advances. */
  readonly generator: Generator
  /** @default 0 */
  readonly mean?: number
  /** Not negative. @default 1 */
  readonly std?: number
  /** Which build's bits float32 tensors of 16 or more elements get. @default 'avx2' */
  readonly family?: BitFamily
  /**
   * `strided` fills as PyTorch fills a tensor that is not contiguous: one by one, whatever its size, in storage order.
   *
   * @default 'contiguous'
   */
  readonly layout?: 'contiguous' | 'strided'
}

type FillBlocks = (data: Float32Array, start: number, end: number, std: number, mean: number) => void

const kernels: Readonly<Record<BitFamily, FillBlocks>> = {
  avx2: normalAvx2,
  scalar: normalScalar,
}

/** Fewer elements than this are drawn one by one, from 53-bit uniforms. */
const blockLength = 16
/** From this many elements on, the WebAssembly kernel is worth its start. */
const fastLength = 4096
/** Uniforms are drawn and transformed in pieces of this many elements, so that they are still in the cache. */
const pieceLength = 8192

/**
 * Fills `target` with normal values: `torch.Tensor.normal_` and `torch.randn` (mean 0, std 1).
 *
 * Float32 is PyTorch's bit for bit in families `avx2` and `scalar`. Float64 takes the same draws, but its last
 * bits depend on the C library there: expect differences up to 2 ulp.
 *
 * @throws TorchRandomError `invalid-argument` for a negative or NaN `std`.
 */
export function fillNormal(target: Float32Array | Float64Array, options: NormalOptions): void {
  const { generator, mean, std, family, layout } = resolveOptions(options)
  if (target.length < blockLength || layout === 'strided') fillOneByOne(target, generator, mean, std)
  else if (target instanceof Float64Array) fillDouble(target, generator, mean, std)
  else fillFloat(target, generator, kernels[family], Math.fround(mean), Math.fround(std))
}

/**
 * Normal values as PyTorch 2.13 draws them for a bfloat16 or float16 tensor, before they are rounded to it: computed in
 * float32, and without the lost draws that a float32 tensor's short last block makes.
 *
 * @param target - Gets the float32 values; {@link encodeBfloat16} and {@link encodeFloat16} round them.
 * @throws TorchRandomError `invalid-argument` for a negative or NaN `std`.
 */
export function fillNormalForHalf(target: Float32Array, options: NormalOptions): void {
  const { generator, mean, std, family, layout } = resolveOptions(options)
  if (target.length < blockLength || layout === 'strided') return fillOneByOne(target, generator, mean, std)
  const fill = kernels[family]
  const whole = fillWholeBlocks(target, generator, fill, Math.fround(mean), Math.fround(std))
  if (whole < target.length) fillLastBlock(target, generator, fill, Math.fround(mean), Math.fround(std))
}

function resolveOptions(options: NormalOptions): Required<NormalOptions> {
  const { generator, mean = 0, std = 1, family = 'avx2', layout = 'contiguous' } = options
  if (!(std >= 0)) {
    throw new TorchRandomError('invalid-argument', `Expected \`std\` to be 0 or more, got \`${std}\``)
  }
  return { generator, mean, std, family, layout }
}

function fillOneByOne(
  target: Float32Array | Float64Array,
  generator: Generator,
  mean: number,
  std: number,
): void {
  for (let i = 0; i < target.length; i++) target[i] = drawNormal(generator) * std + mean
}

function fillFloat(
  data: Float32Array,
  generator: Generator,
  fill: FillBlocks,
  mean: number,
  std: number,
): void {
  const whole = fillWholeBlocks(data, generator, fill, mean, std)
  if (whole === data.length) return
  // The draws of the short last block are made and lost: the last 16 elements are all drawn again.
  generator.fillUnit24(data, whole, data.length)
  fillLastBlock(data, generator, fill, mean, std)
}

/** @returns How many elements lie in whole blocks. */
function fillWholeBlocks(
  data: Float32Array,
  generator: Generator,
  fill: FillBlocks,
  mean: number,
  std: number,
): number {
  const whole = data.length - (data.length % blockLength)
  if (fill === normalAvx2 && whole >= fastLength && generator.fillNormalBlocks(data, 0, whole, std, mean))
    return whole
  for (let start = 0; start < whole; start += pieceLength) {
    const end = Math.min(start + pieceLength, whole)
    generator.fillUnit24(data, start, end)
    fill(data, start, end, std, mean)
  }
  return whole
}

function fillLastBlock(
  data: Float32Array,
  generator: Generator,
  fill: FillBlocks,
  mean: number,
  std: number,
): void {
  const start = data.length - blockLength
  generator.fillUnit24(data, start, data.length)
  fill(data, start, data.length, std, mean)
}

function fillDouble(data: Float64Array, generator: Generator, mean: number, std: number): void {
  for (let i = 0; i < data.length; i++) data[i] = generator.unit53()
  const whole = data.length - (data.length % blockLength)
  for (let block = 0; block < whole; block += blockLength) doubleBlock(data, block, mean, std)
  if (whole === data.length) return
  const last = data.length - blockLength
  for (let i = last; i < data.length; i++) data[i] = generator.unit53()
  doubleBlock(data, last, mean, std)
}

function doubleBlock(data: Float64Array, start: number, mean: number, std: number): void {
  for (let j = start; j < start + 8; j++) {
    const radius = Math.sqrt(-2 * log1p(-data[j]!))
    const theta = 2 * Math.PI * data[j + 8]!
    data[j] = radius * cos(theta) * std + mean
    data[j + 8] = radius * sin(theta) * std + mean
  }
}
