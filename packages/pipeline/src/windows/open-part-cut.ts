import type { DatasetStorage } from '@sluice/dataset'
import type { Plan } from '../plan/plan.ts'
import { evenParts, type PartCut } from '../task/part-task.ts'
import { openDocumentParts } from './document-parts.ts'

/** How the rows of a run are cut into parts, once its ids are all there. */
export function openPartCut(
  storage: DatasetStorage,
  plan: Plan,
  { name, windows }: { readonly name: string; readonly windows: number },
): PartCut | Promise<PartCut> {
  return plan.config.per === 'document' ? openDocumentParts(storage, name) : evenParts(plan, windows)
}
