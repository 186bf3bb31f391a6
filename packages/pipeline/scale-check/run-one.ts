/** One run in a process of its own; prints its summary and the process's peak memory as JSON. */
import { resolveRunConfig, runLocally } from '@sluice/pipeline'

const { config, ...options } = JSON.parse(process.argv[2] ?? '{}') as {
  config: Parameters<typeof resolveRunConfig>[0]
  out: string
  threads: number
  segmentBytes: number
}
const summary = await runLocally({ config: resolveRunConfig(config), ...options })
console.log(JSON.stringify({ ...summary, peakBytes: process.resourceUsage().maxRSS * 1024 }))
