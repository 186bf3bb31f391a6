import { receiptName } from '../layout/names.ts'
import type { DatasetManifest } from '../manifest/manifest.ts'
import type { ManifestPart } from '../part/receipt.ts'
import { Breath } from '../storage/breath.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { Problem } from './problem.ts'
import { verifyPart } from './verify-part.ts'
import { verifyReceipt } from './verify-receipt.ts'

/** What parts are checked against. Plain data: it crosses to threads. */
export type PartsOf = Pick<DatasetManifest, 'version' | 'planId' | 'layout' | 'windows' | 'totals'>

/** A part to check, and which of its files are there: those that are not are another check's finding. */
export interface PartToCheck {
  readonly index: number
  readonly part: ManifestPart
  readonly hasPart: boolean
  readonly hasReceipt: boolean
}

/** What is wrong with some parts. */
export interface PartProblems {
  readonly ofParts: readonly Problem[]
  readonly ofReceipts: readonly Problem[]
}

/** Checks parts and their receipts, one after the other. */
export async function checkParts(
  storage: DatasetStorage,
  manifest: PartsOf,
  parts: readonly PartToCheck[],
  signal?: AbortSignal,
): Promise<PartProblems> {
  const ofParts: Problem[] = []
  const ofReceipts: Problem[] = []
  const breath = new Breath(signal)
  for (const { index, part, hasPart, hasReceipt } of parts) {
    if (breath.isDue) await breath.take()
    signal?.throwIfAborted()
    if (hasPart) ofParts.push(...(await verifyPart(storage, manifest, part, signal)))
    if (!hasReceipt) continue
    const receipt = { version: 1, planId: manifest.planId, index, ...part } as const
    const problem = await verifyReceipt(storage, receiptName(index, manifest.version), receipt)
    if (problem !== undefined) ofReceipts.push(problem)
  }
  return { ofParts, ofReceipts }
}
