import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { estimateRun, measureWriteRate, type RunConfig, type RunEstimate } from '@sluice/pipeline'
import { resolveFlags } from '../config/resolve-flags.ts'
import type { ConfigFlags } from '../options/config-options.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { print, printJson } from '../terminal/output.ts'
import { formatBytes, formatCount, formatPlural, formatSeconds } from '../terminal/units.ts'

/** `sluice estimate`, as typed. */
export interface EstimateFlags extends ConfigFlags {
  readonly json?: boolean
}

export async function estimate(
  corpus: readonly string[],
  { json = false, ...flags }: EstimateFlags,
): Promise<void> {
  const { config, settings } = await resolveFlags(corpus, flags)
  const threads = settings.threads ?? availableParallelism()
  // Copies of what is no local file go here, and with it.
  const folder = await mkdtemp(join(tmpdir(), 'sluice-estimate-'))
  using cancel = cancelOnSignals()
  try {
    const found = await estimateRun(config, { path: folder }, cancel.signal)
    const writeRate = await measureWriteRate(settings.out ?? '.')
    const modes = found.modes.map((mode) => ({
      ...mode,
      seconds: secondsOf(found, mode.byteLength, threads, writeRate),
    }))
    if (json) console.log(JSON.stringify({ ...found, threads, writeRate, modes }))
    else console.log(describe(found, modes, config, threads, writeRate))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Tokenizing and writing come one after the other; embedding is quicker than the disk. */
function secondsOf(
  { sourceBytes, tokenizeRate }: RunEstimate,
  byteLength: number,
  threads: number,
  writeRate: number,
): number {
  return sourceBytes / (tokenizeRate * threads) + byteLength / writeRate
}

function describe(
  found: RunEstimate,
  modes: readonly (RunEstimate['modes'][number] & { readonly seconds: number })[],
  { maxLength, stride, dim }: RunConfig,
  threads: number,
  writeRate: number,
): string {
  const about = found.exact ? '' : 'about '
  const table = modes.map(({ embeddings, dtype, byteLength, seconds }) => [
    `--embeddings ${embeddings}${dtype === null ? '' : ` --dtype ${dtype}`}`,
    formatBytes(byteLength),
    formatSeconds(seconds),
  ])
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]!.length)))
  return [
    `${formatPlural(found.sources, 'source')}, ${formatBytes(found.sourceBytes)}: ${about}${formatPlural(found.documents, 'document')}, ${about}${formatPlural(found.tokens, 'token')}`,
    `${about}${formatPlural(found.windows, 'window')} of ${maxLength} tokens, stride ${stride}, dim ${dim}`,
    '',
    ...table.map(
      ([mode, size, time]) => `  ${mode!.padEnd(widths[0]!)}  ${size!.padStart(widths[1]!)}  ${time}`,
    ),
    '',
    `measured here: ${formatBytes(found.tokenizeRate)}/s tokenized a thread, ${formatCount(threads)} threads; ${formatBytes(writeRate)}/s written`,
  ].join('\n')
}
