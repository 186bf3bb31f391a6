import type { DatasetStorage } from '@sluice/dataset'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { PlannedSourceReader } from '../plan/plan.ts'
import type { SourceAccess } from './source-access.ts'

/** The run that a task is of, and where its files are. */
export interface RunScope extends PlannedRun {
  readonly storage: DatasetStorage
  readonly access: SourceAccess
  readonly sources: PlannedSourceReader
  /** Milliseconds since 1970 when the plan was published: until then its sources were seen to have the plan's content. */
  readonly plannedMs: number
}
