/** How a task is watched and stopped. */
export interface TaskControl {
  readonly signal: AbortSignal
  /** Called with the work done since the last call: bytes of the source, tables, or windows. */
  readonly onProgress: (amount: number) => void
  /** Called when only the publishing is left, so that the next task may start. */
  readonly onWritten: () => void
}
