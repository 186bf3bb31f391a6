import { cos, sin } from '@sluice/torch-random'
import { EmbeddingError } from '../errors.ts'
import { defaultBase, checkAngles, wavelengths } from './angles.ts'

/** The shape of rotary tables. */
export interface RotaryOptions {
  /** Rows: positions 0 .. contextLength - 1. */
  readonly contextLength: number
  /** Length of one attention head's vectors; even. */
  readonly headDim: number
  /** @default 10000 */
  readonly base?: number
}

/** The rotation of each position and pair of columns. */
export interface RotaryTables {
  readonly contextLength: number
  readonly headDim: number
  /** `[contextLength, headDim / 2]`, row-major. */
  readonly cos: Float32Array
  /** `[contextLength, headDim / 2]`, row-major. */
  readonly sin: Float32Array
}

/**
 * Rotary positions (Su et al. 2021, RoFormer): queries and keys are turned by `p / base^(2i / headDim)`. Nothing is added to
 * the token embedding; a trainer needs the tables. Computed in double and rounded once.
 *
 * @throws EmbeddingError `invalid-argument`.
 */
export function rotaryTables(options: RotaryOptions): RotaryTables {
  const { contextLength, headDim, base = defaultBase } = options
  checkAngles(contextLength, 'contextLength', headDim, 'headDim', base)
  const frequencies = wavelengths(headDim, base).map((power) => 1 / power)
  const half = frequencies.length
  const tables = {
    contextLength,
    headDim,
    cos: new Float32Array(contextLength * half),
    sin: new Float32Array(contextLength * half),
  }
  for (let position = 0; position < contextLength; position++) {
    for (let i = 0; i < half; i++) {
      tables.cos[position * half + i] = cos(position * frequencies[i]!)
      tables.sin[position * half + i] = sin(position * frequencies[i]!)
    }
  }
  return tables
}

/**
 * The tables of given frequencies, as models compute them: the angle is a float32 product of position and frequency.
 *
 * @param factor what cosines and sines are multiplied by
 * @returns `[contextLength, frequencies.length]` each, row-major.
 */
export function rotaryTablesOf(
  frequencies: Float32Array,
  contextLength: number,
  factor = 1,
): Pick<RotaryTables, 'cos' | 'sin'> {
  const columns = frequencies.length
  const tables = {
    cos: new Float32Array(contextLength * columns),
    sin: new Float32Array(contextLength * columns),
  }
  for (let position = 0; position < contextLength; position++) {
    for (let column = 0; column < columns; column++) {
      const angle = Math.fround(position * frequencies[column]!)
      tables.cos[position * columns + column] = Math.fround(cos(angle)) * factor
      tables.sin[position * columns + column] = Math.fround(sin(angle)) * factor
    }
  }
  return tables
}

/**
 * Turns vectors, one for each position from 0 on: the reference for what a trainer does with the tables.
 *
 * @param vectors - `[positions, headDim]`, not more positions than the tables have.
 * @param pairs - `half`: column i turns with column i + headDim / 2 (GPT-NeoX, Llama in Hugging Face). `interleaved`:
 * columns 2i and 2i + 1 turn together (RoFormer, GPT-J).
 * @returns A new array.
 */
export function applyRotary(
  vectors: Float32Array,
  tables: RotaryTables,
  pairs: 'half' | 'interleaved',
): Float32Array {
  const { headDim, contextLength } = tables
  if (vectors.length % headDim !== 0 || vectors.length > headDim * contextLength) {
    throw new EmbeddingError(
      'shape-mismatch',
      `Expected up to ${contextLength} vectors of ${headDim} values, got ${vectors.length} values`,
    )
  }
  const half = headDim / 2
  const [step, gap] = pairs === 'half' ? [1, half] : [2, 1]
  const turned = new Float32Array(vectors.length)
  for (let row = 0; row < vectors.length / headDim; row++) {
    for (let i = 0; i < half; i++) {
      const c = tables.cos[row * half + i]!
      const s = tables.sin[row * half + i]!
      const first = row * headDim + i * step
      const [x, y] = [vectors[first]!, vectors[first + gap]!]
      turned[first] = Math.fround(x * c) - Math.fround(y * s)
      turned[first + gap] = Math.fround(y * c) + Math.fround(x * s)
    }
  }
  return turned
}
