import { fillRandint, randperm, type Generator as TorchGenerator } from '@sluice/torch-random'
import { checkWhole, DataLoaderError } from '../errors.ts'
import type { Order } from './order.ts'

/** Options of {@link randomSampler}. */
export interface RandomSamplerOptions {
  /** Draw each window independently of the others. @default false */
  readonly replacement?: boolean
  /** Windows of an epoch: with or without replacement, more or fewer than there are. @default all, once */
  readonly numSamples?: number
}

/** Windows drawn at a time with replacement. */
const replacementChunk = 32

/**
 * `torch.utils.data.RandomSampler(range(length), replacement, num_samples, generator)`. The generator advances as
 * PyTorch's does: a permutation when its first window is asked for, and one more when the end has been looked for.
 *
 * PyTorch's sampler without a generator draws a seed from the global one first and takes a generator of that seed.
 *
 * @throws DataLoaderError `empty` when `length` or `numSamples` is 0, as PyTorch refuses it; `invalid-argument`.
 */
export function randomSampler(
  length: number,
  generator: TorchGenerator,
  { replacement = false, numSamples = length }: RandomSamplerOptions = {},
): Order {
  if (checkWhole('length', length, 0) === 0 || checkWhole('numSamples', numSamples, 0) === 0) {
    throw new DataLoaderError(
      'empty',
      `Expected windows to shuffle, got ${length} and \`numSamples\` ${numSamples}; is the text shorter than a window?`,
    )
  }
  const chunks = replacement
    ? drawIndependent(length, numSamples, generator)
    : drawPermutations(length, numSamples, generator)
  return new DrawnOrder(numSamples, replacement ? replacementChunk : length, chunks)
}

function* drawIndependent(high: number, samples: number, generator: TorchGenerator): Generator<Int32Array> {
  for (let left = samples; left > 0; left -= replacementChunk) {
    const chunk = new Int32Array(Math.min(replacementChunk, left))
    fillRandint(chunk, { high, generator })
    yield chunk
  }
}

function* drawPermutations(
  length: number,
  samples: number,
  generator: TorchGenerator,
): Generator<Int32Array> {
  for (let full = Math.floor(samples / length); full > 0; full--) yield randperm(length, generator)
  // Drawn even when nothing is taken from it.
  yield randperm(length, generator).subarray(0, samples % length)
}

/** An order that is drawn as it is read, and kept. */
class DrawnOrder implements Order {
  readonly length: number
  readonly #chunkLength: number
  readonly #source: Generator<Int32Array>
  readonly #chunks: Int32Array[] = []

  constructor(length: number, chunkLength: number, source: Generator<Int32Array>) {
    this.length = length
    this.#chunkLength = chunkLength
    this.#source = source
  }

  at(position: number): number {
    const chunk = Math.floor(position / this.#chunkLength)
    while (this.#chunks.length <= chunk && this.#draw()) continue
    return this.#chunks[chunk]![position - chunk * this.#chunkLength]!
  }

  exhaust(): void {
    while (this.#draw()) continue
  }

  #draw(): boolean {
    const step = this.#source.next()
    if (step.done !== true) this.#chunks.push(step.value)
    return step.done !== true
  }
}
