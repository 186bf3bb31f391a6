import type { DatasetStorage } from '@sluice/dataset'
import type { PlannedRun } from '../plan/planned-run.ts'
import type { SourceAccess } from './source-access.ts'

/** The run that a task is of, and where its files are. */
export interface RunScope extends PlannedRun {
  readonly storage: DatasetStorage
  readonly access: SourceAccess
}
