import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import { buildRowsGraph, hasWholeWords } from '../onnx/rows-graph.ts'
import type { TableSource } from './table-source.ts'

/** The graph that a session of ONNX Runtime runs for a source, and how its output becomes float32. */
export interface RunGraph {
  readonly graph: Uint8Array
  readonly hasPositions: boolean
  readonly output: { readonly name: string; readonly type: 'float32' | 'int32'; readonly width: number }
  /** Makes float32 of the words of half rows; undefined where the output is float32. */
  readonly widen: ((words: Int32Array, target: Float32Array) => void) | undefined
}

/**
 * Where nothing is added to rows of a half format, they are moved as they are stored and widened here: half the bytes, and no
 * device needs to know the format. Otherwise the source's own graph runs. The bits are the same.
 */
export function runGraphOf({ graph, tables: { token, position } }: TableSource): RunGraph {
  const { embeddingDim, dtype } = token
  if (position !== undefined || dtype === 'f32' || !hasWholeWords(token)) {
    return {
      graph,
      hasPositions: position !== undefined,
      output: { name: 'inputs_embeds', type: 'float32', width: embeddingDim },
      widen: undefined,
    }
  }
  const decode = dtype === 'f16' ? decodeFloat16 : decodeBfloat16
  return {
    graph: buildRowsGraph(token),
    hasPositions: false,
    output: { name: 'words', type: 'int32', width: embeddingDim / 2 },
    widen: (words, target) =>
      decode(new Uint16Array(words.buffer, words.byteOffset, words.length * 2), target),
  }
}
