import { resolveRunConfig, runLocally, type RunOptions } from '@sluice/pipeline'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { createReport } from '../terminal/report.ts'
import { formatBytes, formatCount, formatRate, formatSeconds } from '../terminal/units.ts'
import type { RunFlags } from './run.command.ts'

export async function run(files: readonly string[], flags: RunFlags): Promise<void> {
  const { out, json, quiet, ...options } = flags
  const config = resolveRunConfig({ corpus: [...files], ...options } satisfies RunOptions)
  const report = createReport({ json, quiet })
  using cancel = cancelOnSignals()
  const summary = await runLocally({ config, out, signal: cancel.signal, onEvent: report.onEvent }).finally(
    () => report.close(),
  )
  if (json || quiet) return
  console.log(`${formatCount(summary.windows)} windows, ${formatCount(summary.tokens)} tokens, ${formatBytes(summary.byteLength)} in ${formatSeconds(summary.seconds)} (${formatRate(summary.byteLength, summary.seconds)} written)

Read it with Python:
  import pyarrow as pa
  table = pa.ipc.open_file(pa.memory_map("${summary.firstPart}")).read_all()
  embeds = table["inputs_embeds"].combine_chunks().flatten().flatten().to_numpy().reshape(-1, ${config.maxLength}, ${config.dim})
Look at it:
  sluice inspect ${out}`)
}
