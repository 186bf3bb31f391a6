import { dirname, join } from 'node:path'
import type { CorpusLimit } from '@sluice/corpus'
import { documentIndexName, type TokenFormat } from '@sluice/dataset'
import { runLimits, runLocally, statedOptions, type RunConfig, type RunSummary } from '@sluice/pipeline'
import { requireOut } from '../config/output-folder.ts'
import { resolveFlags } from '../config/resolve-flags.ts'
import type { ConfigFlags } from '../options/config-options.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { describeInputs, describeLeftOut } from '../terminal/left-out.ts'
import { print } from '../terminal/output.ts'
import { createReport } from '../terminal/report.ts'
import { formatBytes, formatPlural, formatRate, formatSeconds } from '../terminal/units.ts'

/** `sluice run`, as typed. */
export interface RunFlags extends ConfigFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly printConfig?: boolean
}

export async function run(corpus: readonly string[], flags: RunFlags): Promise<void> {
  const { json = false, quiet = false, printConfig = false, ...rest } = flags
  const { config, settings } = await resolveFlags(corpus, rest)
  if (printConfig) {
    print(
      ...JSON.stringify({ ...statedOptions(config), ...settings, $limits: limitsOf(config) }, null, 2).split(
        '\n',
      ),
    )
    return
  }
  const out = requireOut(settings.out)
  const report = await createReport({ json, quiet })
  using cancel = cancelOnSignals()
  const summary = await runLocally({
    config,
    out,
    ...(settings.threads !== undefined && { threads: settings.threads }),
    ...(settings.provider !== undefined && { provider: settings.provider }),
    signal: cancel.signal,
    onEvent: report.onEvent,
  }).finally(() => report.close())
  if (json || quiet) return
  if (summary.alreadyDone) print(`${out} is done already: ${madeOf(summary, config)}`)
  else print(...describe(summary, config, out))
}

function madeOf({ windows, documents, tokens, byteLength }: RunSummary, { to, per }: RunConfig): string {
  const ids = tokens === null ? [] : [formatPlural(tokens, 'token')]
  if (to !== null)
    return [...ids, formatPlural(documents, 'document'), `${formatBytes(byteLength)} of token files`].join(
      ', ',
    )
  return [formatPlural(windows, per), ...ids, `${formatBytes(byteLength)} of Arrow`].join(', ')
}

/** What a run may be made to hold, and the option that raises it. */
function limitsOf(config: RunConfig): Readonly<Record<string, object>> {
  const limits: readonly [string, CorpusLimit][] = Object.entries(runLimits)
  const rows = limits.map(([name, { what, unit, default: usual, option }]) => {
    const set = option === undefined ? undefined : (config as Readonly<Record<string, unknown>>)[option]
    return [name, { limit: set ?? usual, unit, what, ...(option !== undefined && { option }) }] as const
  })
  return Object.fromEntries(rows)
}

function describe(summary: RunSummary, config: RunConfig, out: string): string[] {
  const { byteLength, seconds, provider, dropped, faults, inputs, kept, firstPart } = summary
  const how = `${formatRate(byteLength, seconds)}${provider === null ? '' : `, embedded ${placeOf(provider)}`}`
  return [
    `${madeOf(summary, config)} in ${formatSeconds(seconds)} (${how})`,
    ...describeInputs(inputs),
    ...kept.flatMap(({ name, nulls }) =>
      nulls === 0 ? [] : [`kept: ${name} is null in ${formatPlural(nulls, 'document')}`],
    ),
    ...describeLeftOut(dropped, (reason) => faults[reason] ?? []),
    '',
    'Read it with Python:',
    ...(config.to === null ? windowReader(config, firstPart) : tokenReader(config.to, firstPart)).map(
      (line) => `  ${line}`,
    ),
    'Look at it:',
    `  sluice inspect ${config.split === null ? out : join(out, 'train')}`,
  ]
}

/** What embedded, in words. */
function placeOf(provider: string): string {
  if (provider === 'rows') return "from the model's rows"
  return provider === 'wasm' ? 'on wasm' : `on ${provider} by ONNX Runtime`
}

function windowReader(config: RunConfig, firstPart: string): readonly string[] {
  const open = config.ipc === 'file' ? 'open_file' : 'open_stream'
  return [
    'import pyarrow as pa',
    `table = pa.ipc.${open}(pa.memory_map("${firstPart}")).read_all()`,
    ...(config.per === 'document' ? documentLines(config) : [readerLine(config)]),
  ]
}

function tokenReader(to: TokenFormat, tokens: string): readonly string[] {
  if (to === 'megatron') {
    return [
      'from megatron.core.datasets.indexed_dataset import IndexedDataset',
      `documents = IndexedDataset("${tokens.replace(/\.bin$/, '')}")`,
    ]
  }
  const offsets = join(dirname(tokens), documentIndexName.tokens)
  return [
    'import numpy as np',
    `ids = np.memmap("${tokens}", dtype="<u4", mode="r")`,
    `offsets = np.load("${offsets}", mmap_mode="r")  # document d is ids[offsets[d]:offsets[d + 1]]`,
  ]
}

function documentLines({ embeddings, pool }: RunConfig): readonly string[] {
  if (pool === 'mean')
    return ['embeds = table["embedding"].combine_chunks().flatten().to_numpy().reshape(table.num_rows, -1)']
  const ids = 'ids = table["input_ids"][0].values.to_numpy()  # of the first document'
  if (embeddings !== 'full') return [ids]
  return [ids, 'embeds = table["inputs_embeds"][0].values.flatten().to_numpy().reshape(len(ids), -1)']
}

function readerLine({ embeddings, layout, maxLength, dim, ids }: RunConfig): string {
  if (embeddings !== 'full' && ids === 'once') {
    return `ids = table["window_ids"].combine_chunks().flatten().to_numpy().reshape(-1, ${maxLength + 1})  # inputs: ids[:, :-1], targets: ids[:, 1:]`
  }
  if (embeddings !== 'full') {
    return `ids = table["input_ids"].combine_chunks().flatten().to_numpy().reshape(-1, ${maxLength})`
  }
  const column = 'table["inputs_embeds"].combine_chunks()'
  if (layout === 'tensor') return `embeds = ${column}.to_numpy_ndarray()`
  const flat = layout === 'nested' ? '.flatten().flatten()' : '.flatten()'
  const shape = dim === undefined ? `table.num_rows, ${maxLength}, -1` : `-1, ${maxLength}, ${dim}`
  return `embeds = ${column}${flat}.to_numpy().reshape(${shape})`
}
