/** Words of state in MT19937. */
export const stateWords = 624
const shift = 397
const matrix = 0x9908b0df
const upperMask = 0x80000000
const lowerMask = 0x7fffffff

/** Fills `state` from the low 32 bits of a seed (`init_genrand` of Matsumoto and Nishimura). */
export function seedState(state: Uint32Array, seed: number): void {
  let previous = seed >>> 0
  state[0] = previous
  for (let j = 1; j < stateWords; j++) {
    previous = (Math.imul(1812433253, previous ^ (previous >>> 30)) + j) >>> 0
    state[j] = previous
  }
}

/** Replaces all words of `state` by the next 624. */
export function twist(state: Uint32Array): void {
  const gap = stateWords - shift
  const last = stateWords - 1
  for (let k = 0; k < gap; k++) state[k] = state[k + shift]! ^ mix(state[k]!, state[k + 1]!)
  for (let k = gap; k < last; k++) state[k] = state[k - gap]! ^ mix(state[k]!, state[k + 1]!)
  state[last] = state[shift - 1]! ^ mix(state[last]!, state[0]!)
}

function mix(upper: number, lower: number): number {
  return (((upper & upperMask) | (lower & lowerMask)) >>> 1) ^ (-(lower & 1) & matrix)
}

/** Tempers one word of state into one signed 32-bit output; `>>> 0` makes it unsigned. */
export function temper(word: number): number {
  let y = word
  y ^= y >>> 11
  y ^= (y << 7) & 0x9d2c5680
  y ^= (y << 15) & 0xefc60000
  return y ^ (y >>> 18)
}
