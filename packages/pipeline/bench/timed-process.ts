import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

/** What a process took. */
export interface ProcessCost {
  /** Seconds from its start to its end. */
  readonly wall: number
  /** Seconds of processors, the system's for it included. */
  readonly cpu: number
  /** The most memory that it had. */
  readonly megabytes: number
  /** What it wrote to standard output. */
  readonly printed: string
}

/**
 * Runs Node with `words` to its end.
 *
 * @param scratch - a folder for its figures
 */
export function timedProcess(words: readonly string[], scratch: string, cwd = scratch): ProcessCost {
  const [hook, figures] = [join(scratch, 'usage.cjs'), join(scratch, 'usage.json')]
  // Linux counts into `maxRSS` what the process had before it became this program: the parent's memory.
  const script = `
    const { existsSync, readFileSync, writeFileSync } = require('node:fs')
    process.on('exit', () => {
      const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
      const status = '/proc/self/status'
      const [, peak] = existsSync(status) ? /^VmHWM:\\s+(\\d+)/m.exec(readFileSync(status, 'utf8')) : []
      const figures = [(userCPUTime + systemCPUTime) / 1e6, Number(peak ?? maxRSS) / 1000]
      writeFileSync(${JSON.stringify(figures)}, JSON.stringify(figures))
    })`
  writeFileSync(hook, script)
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', hook, ...words], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const wall = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
  const [cpu, megabytes] = JSON.parse(readFileSync(figures, 'utf8')) as [number, number]
  return { wall, cpu, megabytes, printed: stdout }
}
