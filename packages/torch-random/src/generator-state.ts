import { TorchRandomError } from './errors.ts'
import { stateWords } from './mersenne-twister.ts'

/** Bytes of `torch.get_rng_state()` on the CPU. */
const stateBytes = 5056

/** The parts of a generator's state. */
export interface GeneratorState {
  readonly seed: bigint
  readonly left: number
  readonly next: number
  readonly words: Uint32Array
  readonly cachedNormal: number | undefined
}

// struct CPUGeneratorImplState of ATen/CPUGeneratorImpl.cpp, little-endian:
// u64 seed | i32 left | i32 seeded | u64 next | u64 state[624] | f64 x, y, rho | i32 valid, pad | f32, bool, pad
const leftOffset = 8
const seededOffset = 12
const nextOffset = 16
const wordsOffset = 24
const normalOffset = wordsOffset + stateWords * 8 + 8
const normalValidOffset = normalOffset + 16

export function encodeState(state: GeneratorState): Uint8Array {
  const bytes = new Uint8Array(stateBytes)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, state.seed, true)
  view.setInt32(leftOffset, state.left, true)
  view.setInt32(seededOffset, 1, true)
  view.setUint32(nextOffset, state.next, true)
  state.words.forEach((word, j) => view.setUint32(wordsOffset + j * 8, word, true))
  if (state.cachedNormal !== undefined) {
    view.setFloat64(normalOffset, state.cachedNormal, true)
    view.setInt32(normalValidOffset, 1, true)
  }
  return bytes
}

export function decodeState(bytes: Uint8Array): GeneratorState {
  if (bytes.byteLength !== stateBytes) {
    throw invalid(`${stateBytes} bytes as of torch.get_rng_state()`, `${bytes.byteLength} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const left = view.getInt32(leftOffset, true)
  const next = Number(view.getBigUint64(nextOffset, true))
  const seeded = view.getInt32(seededOffset, true)
  if (seeded !== 1 || left < 1 || left > stateWords || next > stateWords || next + left > stateWords + 1) {
    throw invalid('counters of a seeded generator', `seeded=${seeded}, left=${left}, next=${next}`)
  }
  const words = new Uint32Array(stateWords)
  for (let j = 0; j < stateWords; j++) {
    if (view.getUint32(wordsOffset + j * 8 + 4, true) !== 0)
      throw invalid('32-bit words', `more in word ${j}`)
    words[j] = view.getUint32(wordsOffset + j * 8, true)
  }
  const cached = view.getInt32(normalValidOffset, true) === 1
  return {
    seed: view.getBigUint64(0, true),
    left,
    next,
    words,
    cachedNormal: cached ? view.getFloat64(normalOffset, true) : undefined,
  }
}

function invalid(expected: string, got: string): TorchRandomError {
  return new TorchRandomError('invalid-state', `Expected the generator state to hold ${expected}, got ${got}`)
}
