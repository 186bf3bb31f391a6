import { TorchRandomError } from './errors.ts'
import { STATE_WORDS } from './mersenne-twister.ts'

/** Bytes of `torch.get_rng_state()` on the CPU. */
const STATE_BYTES = 5056

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
const LEFT = 8
const SEEDED = 12
const NEXT = 16
const WORDS = 24
const NORMAL = WORDS + STATE_WORDS * 8 + 8
const NORMAL_VALID = NORMAL + 16

export function encodeState(state: GeneratorState): Uint8Array {
  const bytes = new Uint8Array(STATE_BYTES)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, state.seed, true)
  view.setInt32(LEFT, state.left, true)
  view.setInt32(SEEDED, 1, true)
  view.setUint32(NEXT, state.next, true)
  state.words.forEach((word, j) => view.setUint32(WORDS + j * 8, word, true))
  if (state.cachedNormal !== undefined) {
    view.setFloat64(NORMAL, state.cachedNormal, true)
    view.setInt32(NORMAL_VALID, 1, true)
  }
  return bytes
}

export function decodeState(bytes: Uint8Array): GeneratorState {
  if (bytes.byteLength !== STATE_BYTES) {
    throw invalid(`${STATE_BYTES} bytes as of torch.get_rng_state()`, `${bytes.byteLength} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const left = view.getInt32(LEFT, true)
  const next = Number(view.getBigUint64(NEXT, true))
  const seeded = view.getInt32(SEEDED, true)
  if (seeded !== 1 || left < 1 || left > STATE_WORDS || next > STATE_WORDS || next + left > STATE_WORDS + 1) {
    throw invalid('counters of a seeded generator', `seeded=${seeded}, left=${left}, next=${next}`)
  }
  const words = new Uint32Array(STATE_WORDS)
  for (let j = 0; j < STATE_WORDS; j++) {
    if (view.getUint32(WORDS + j * 8 + 4, true) !== 0) throw invalid('32-bit words', `more in word ${j}`)
    words[j] = view.getUint32(WORDS + j * 8, true)
  }
  const cached = view.getInt32(NORMAL_VALID, true) === 1
  return {
    seed: view.getBigUint64(0, true),
    left,
    next,
    words,
    cachedNormal: cached ? view.getFloat64(NORMAL, true) : undefined,
  }
}

function invalid(expected: string, got: string): TorchRandomError {
  return new TorchRandomError('invalid-state', `Expected the generator state to hold ${expected}, got ${got}`)
}
