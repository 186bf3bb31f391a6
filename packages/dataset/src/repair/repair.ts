import { publishBytes } from '../storage/publish-bytes.ts'
import { publishJson } from '../storage/publish-json.ts'
import type { DatasetStorage } from '../storage/storage.ts'
import type { RepairPlan } from './repair-plan.ts'

/** Carries a repair out, step by step in the plan's order; repeating it after a crash is harmless. */
export async function applyRepair(storage: DatasetStorage, plan: RepairPlan): Promise<void> {
  for (const action of plan.actions) {
    if (action.kind === 'remove' && action.file.endsWith('/'))
      await storage.removeFolder(action.file.slice(0, -1))
    else if (action.kind === 'remove') await storage.remove(action.file)
    else if (action.kind === 'write-bytes') await publishBytes(storage, action.file, action.bytes)
    else await publishJson(storage, action.file, action.value)
  }
}
