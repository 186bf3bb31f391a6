/**
 * Checks one provider in a process of its own, because a driver may end it: `check-provider MODELS PROVIDER full|quick one|many`, on
 * one thread or with several. Prints one line of JSON, a {@link ProviderResult}.
 */
import { compareChapter } from './compare-chapter.ts'
import { compareModels } from './compare-models.ts'
import type { GpuProvider } from './arguments.ts'
import { measureAuto } from './measure-auto.ts'
import { measureSpeeds } from './measure-speeds.ts'
import { measureThreads } from './measure-threads.ts'
import type { Comparison, ProviderResult, Speed } from './result.ts'

const [models, provider, extent, threads] = process.argv.slice(2) as [
  string,
  GpuProvider | 'cpu' | 'auto',
  string,
  string,
]
const quick = extent === 'quick'
const comparisons: Comparison[] = []
const speeds: Speed[] = []
let missing: string | undefined
try {
  if (provider === 'auto') speeds.push(...(await measureAuto()))
  else if (threads === 'many') speeds.push(...(await measureThreads(provider, quick)))
  else {
    comparisons.push(...(await compareChapter(provider, quick)))
    comparisons.push(...(await compareModels(provider, models)))
    speeds.push(...(await measureSpeeds(provider, quick)))
  }
} catch (error) {
  missing = error instanceof Error ? error.message : String(error)
}
const result: ProviderResult = { provider, ...(missing !== undefined && { missing }), comparisons, speeds }
console.log(`\n${JSON.stringify(result)}`)
