import { resolveRunConfig, runLocally, type RunConfig, type RunSummary } from '@sluice/pipeline'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { createReport } from '../terminal/report.ts'
import { formatBytes, formatCount, formatPlural, formatRate, formatSeconds } from '../terminal/units.ts'
import type { RunFlags } from './run.command.ts'

export async function run(files: readonly string[], flags: RunFlags): Promise<void> {
  const { out, json, quiet, ...options } = flags
  const config = resolveRunConfig({ corpus: [...files], ...options })
  const report = createReport({ json, quiet })
  using cancel = cancelOnSignals()
  const summary = await runLocally({ config, out, signal: cancel.signal, onEvent: report.onEvent }).finally(
    () => report.close(),
  )
  if (!json && !quiet) console.log(describe(summary, config, out))
}

function describe(summary: RunSummary, config: RunConfig, out: string): string {
  const { windows, tokens, byteLength, seconds, provider, dropped, firstPart } = summary
  const lines = [
    `${formatPlural(windows, 'window')}, ${formatPlural(tokens, 'token')}, ${formatBytes(byteLength)} of Arrow in ${formatSeconds(seconds)} (${formatRate(byteLength, seconds)}${provider === null ? '' : `, embedded on ${provider}`})`,
    ...Object.entries(dropped).map(([reason, count]) => `left out: ${formatCount(count)} × ${reason}`),
    '',
    'Read it with Python:',
    '  import pyarrow as pa',
    `  table = pa.ipc.open_file(pa.memory_map("${firstPart}")).read_all()`,
    config.embeddings === 'full'
      ? `  embeds = table["inputs_embeds"].combine_chunks().flatten().flatten().to_numpy().reshape(-1, ${config.maxLength}, ${config.dim})`
      : `  ids = table["input_ids"].combine_chunks().flatten().to_numpy().reshape(-1, ${config.maxLength})`,
    'Look at it:',
    `  sluice inspect ${out}`,
  ]
  return lines.join('\n')
}
