import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** The machine and the runtime a figure was measured on. */
export function describeMachine(): Readonly<Record<string, string>> {
  return {
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${type()} ${release()} ${process.arch}`,
    node: `Node ${process.version}`,
  }
}
