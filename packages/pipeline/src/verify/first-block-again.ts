import { ignoredTarget, type Dataset, type RecomputedWindow, type WindowBatch } from '@sluice/dataset'
import { firstBlockTolerance, type FirstBlock } from '@sluice/embedding'
import { decodeBfloat16, decodeFloat16 } from '@sluice/torch-random'
import { RunError } from '../errors.ts'
import { modelFileNames } from '../model/publish-model.ts'
import { reopenModel } from '../model/run-model.ts'
import { storedAs } from '../parts/stored-as.ts'
import { openLocalTables } from '../tables/local-tables.ts'

/** One text as a model is given it. */
export interface TextAgain extends Pick<WindowBatch, 'inputIds' | 'positionIds'> {
  /** Ids before the filling. @default all */
  readonly filled?: number
}

/** Makes the first block's input of a text again, from its ids and the model's copy in the dataset. */
export interface FirstBlockAgain {
  of(text: TextAgain): Pick<RecomputedWindow, 'firstBlock' | 'isCloseFirstBlock'>
  close(): Promise<void>
}

/** @returns undefined for a dataset without the column `first_block` */
export async function openFirstBlock({
  manifest,
  storage,
}: Pick<Dataset, 'manifest' | 'storage'>): Promise<FirstBlockAgain | undefined> {
  const { layout, identities } = manifest
  const { model: planned } = identities
  if (layout.firstBlockDim === undefined) return undefined
  if (planned === undefined)
    throw new RunError('broken-state', 'The manifest names no model for `first_block`')
  const local = await openLocalTables(storage, Object.values(modelFileNames))
  const model = await reopenModel(local.directory, planned)
  const block: FirstBlock = await model.loadFirstBlock()
  return {
    of({ inputIds, positionIds, filled = inputIds.length }) {
      const ids = Int32Array.from(inputIds)
      const attentionMask = new Uint8Array(ids.length).fill(0).fill(1, 0, filled)
      const vectors = block.compute(model.inputsEmbeds(ids), {
        ...{ ids, length: ids.length, attentionMask },
        ...(positionIds && { positionIds }),
      })
      const firstBlock = storedAs(layout.dtype, vectors, new Uint16Array(vectors.length))
      if (planned.provider === undefined) return { firstBlock }
      // Another provider's last bits are its own.
      const limit = firstBlockTolerance(vectors, planned.dtype)
      return {
        firstBlock,
        isCloseFirstBlock: (stored) => {
          const again = floatsOf(firstBlock, layout.dtype)
          const found = floatsOf(stored, layout.dtype)
          return (
            found.length === again.length &&
            found.every((value, i) => Object.is(value, again[i]) || Math.abs(value - again[i]!) <= limit)
          )
        },
      }
    },
    async close() {
      model.close()
      await local.close()
    },
  }
}

function floatsOf(values: Float32Array | Uint16Array, dtype: 'f32' | 'f16' | 'bf16'): Float32Array {
  if (values instanceof Float32Array) return values
  const wide = new Float32Array(values.length)
  const decode = dtype === 'bf16' ? decodeBfloat16 : decodeFloat16
  decode(values, wide)
  return wide
}

/** Ids of one window before its filling, whose targets are ignored, and so is the target of the id before it. */
export function countFilled({ targetIds, pieces }: WindowBatch): number {
  // The filling of a packed row is a piece of no document.
  if (pieces !== undefined) {
    const { lengths, documents } = pieces
    return lengths.reduce((sum, length, piece) => (Number(documents[piece]) < 0 ? sum : sum + length), 0)
  }
  let ignored = 0
  while (ignored < targetIds.length && targetIds[targetIds.length - 1 - ignored] === ignoredTarget) ignored++
  return targetIds.length - Math.max(0, ignored - 1)
}
