import type { Segment } from '@sluice/corpus'
import { isSourceList } from '@sluice/dataset'
import type { PartTask } from './part-task.ts'
import type { Plan } from '../plan/plan.ts'

/** A segment of one of the plan's sources, or a group of small sources that are tokenized together. */
export interface RunSegment {
  /** Index of the source in the plan; of a group the first. */
  readonly source: number
  readonly segment: Segment
  /** Sources of a group, one after the other in the plan, each read whole. @default 1 */
  readonly count?: number
  /** About how many bytes of the source it covers, for progress. */
  readonly byteLength: number
}

/**
 * A piece of a run that can be done alone, by anyone, any number of times: plain data of a few hundred bytes. Its
 * output is a published file with a receipt; doing it again finds the receipt and returns.
 *
 * - `tokenize`: one segment's ids. With `hold` they are given to the caller where they are few enough, and not published: that only
 *   a runner of this process can do.
 * - `tables`: the embedding tables and their graph.
 * - `embed`: one part, from the ids that `index` lists.
 */
export type Task =
  | ({ readonly kind: 'tokenize'; readonly hold?: true } & RunSegment)
  | { readonly kind: 'tables' }
  | ({ readonly kind: 'embed'; readonly index: string } & PartTask)

/** What names a segment inside its source, in file names: `0-8388608`, `blocks-0-2097152`, `groups-0-4`, `batches-64-4096`, `whole`, `sources-12`. */
export function segmentKey({ segment, count }: Pick<RunSegment, 'segment' | 'count'>): string {
  if (count !== undefined) return `sources-${count}`
  switch (segment.kind) {
    case 'bytes':
      return `${segment.start}-${segment.end}`
    case 'blocks':
      return `blocks-${segment.stored.start}-${segment.stored.end}`
    case 'row-groups':
      return `groups-${segment.start}-${segment.end}`
    case 'record-batches':
      return `batches-${segment.start}-${segment.end}`
    case 'whole':
      return 'whole'
  }
}

/** Whether it is one of several pieces of a file that can be damaged before it: a range of a plain text is what it is. */
export function isPieceOfContainer({ segment: { kind } }: Pick<RunSegment, 'segment'>): boolean {
  return kind !== 'bytes' && kind !== 'whole'
}

/** A task for a person: `tokenizing big.txt, 0-8388608`. */
export function describeTask(task: Task, plan: Plan): string {
  switch (task.kind) {
    case 'tokenize':
      return `tokenizing ${nameOfSource(plan, task.source)}, ${describeSegment(task)}`
    case 'tables':
      return 'drawing the tables'
    case 'embed':
      return `part ${task.part} (${plan.config.per}s ${task.firstWindow} to ${task.firstWindow + task.rows})`
  }
}

/** Names of listed sources lie in files: the error that a task is described for names the source itself. */
function nameOfSource({ sources }: Plan, source: number): string {
  const known = isSourceList(sources) ? undefined : sources[source]
  return known?.name ?? `source ${source}`
}

function describeSegment(segment: RunSegment): string {
  return segment.count === undefined ? segmentKey(segment) : `and ${segment.count - 1} more`
}

/** A name that no other task of the plan has: fit for a job id. */
export function taskId(task: Task): string {
  switch (task.kind) {
    case 'tokenize':
      return `tokenize-${task.source}-${segmentKey(task)}`
    case 'tables':
      return 'tables'
    case 'embed':
      return `embed-${task.part}`
  }
}
