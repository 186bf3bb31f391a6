import { mkdtemp, rm, stat } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import {
  CorpusSample,
  estimateRun,
  estimateSeconds,
  measureWriteRate,
  SampleRuns,
  withPlanningThreads,
  type ModeEstimate,
  type RunConfig,
  type RunEstimate,
} from '@sluice/pipeline'
import { resolveFlags } from '../config/resolve-flags.ts'
import type { ConfigFlags } from '../options/config-options.ts'
import { barOnTerminal } from '../terminal/bar-on-terminal.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { describeInputs } from '../terminal/left-out.ts'
import { describeMarkCautions, describeMarks } from '../terminal/marks.ts'
import { print, printJson } from '../terminal/output.ts'
import { formatBytes, formatPlural, formatSeconds } from '../terminal/units.ts'

/** `sluice estimate`, as typed. */
export interface EstimateFlags extends ConfigFlags {
  readonly json?: boolean
}

export async function estimate(
  corpus: readonly string[],
  { json = false, ...flags }: EstimateFlags,
): Promise<void> {
  // What every command takes before it does something.
  const started = performance.now() / 1000
  const { config, settings } = await resolveFlags(corpus, flags)
  const threads = settings.threads ?? availableParallelism()
  // Copies of remote sources go here, and are removed with it.
  const folder = await mkdtemp(join(tmpdir(), 'sluice-estimate-'))
  using cancel = cancelOnSignals()
  const bar = json ? undefined : await barOnTerminal()
  try {
    const { signal } = cancel
    bar?.note('reading samples of the corpus')
    const disk = await folderOf(settings.out ?? '.')
    const sample = new CorpusSample(config.endId)
    const found = await withPlanningThreads((helpers) =>
      estimateRun(config, { path: folder }, signal, sample.add, helpers),
    )
    const runs = new SampleRuns({ config, sample, folder: disk, threads, signal })
    const writeRate = await measureWriteRate(disk)
    const machine = { threads, writeRate }
    const modes: ShownEstimate['modes'][number][] = []
    for (const mode of found.modes) {
      bar?.note(`running samples with ${flagsOf(mode)}, ${modes.length + 1} of ${found.modes.length}`)
      const measured = await runs.seconds(mode, found.tokens)
      const seconds =
        measured === undefined
          ? estimateSeconds(found, mode, machine)
          : started + measured + found.readSeconds / threads
      modes.push({ ...mode, seconds })
    }
    bar?.clear()
    if (json) printJson({ ...found, ...machine, modes })
    else print(...describe({ ...found, ...machine, modes }, config))
  } finally {
    bar?.clear()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The options of a run in a mode. */
function flagsOf({ embeddings, dtype, to }: ModeEstimate): string {
  if (to !== undefined) return `--to ${to}`
  return `--embeddings ${embeddings}${dtype === null ? '' : ` --dtype ${dtype}`}`
}

/** The folder that a path would lie in, or the path itself where it is a folder. */
async function folderOf(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  const parent = dirname(resolve(path))
  return isFolder || parent === resolve(path) ? path : folderOf(parent)
}

interface ShownEstimate extends Omit<RunEstimate, 'modes'> {
  readonly modes: readonly (ModeEstimate & { readonly seconds: number })[]
  readonly threads: number
  /** Bytes a second. */
  readonly writeRate: number
}

function describe(found: ShownEstimate, { maxLength, stride, to, per }: RunConfig): string[] {
  const about = found.exact ? '' : 'about '
  const table = found.modes.map(({ seconds, ...mode }) => [
    flagsOf(mode),
    formatBytes(mode.byteLength),
    formatSeconds(seconds),
  ])
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]!.length)))
  return [
    `${formatPlural(found.sources, 'source')}, ${formatBytes(found.sourceBytes)}: ${about}${formatPlural(found.documents, 'document')}, ${about}${formatPlural(found.tokens, 'token')}`,
    ...(to === null
      ? [
          per === 'document'
            ? `a row for each document, dim ${found.dim}`
            : `${about}${formatPlural(found.windows, 'window')} of ${maxLength} tokens, stride ${stride}, dim ${found.dim}`,
        ]
      : []),
    ...describeInputs(found.inputs),
    ...describeMarks(found.marks),
    ...describeMarkCautions(found.marks),
    '',
    ...table.map(
      ([mode, size, time]) => `  ${mode!.padEnd(widths[0]!)}  ${size!.padStart(widths[1]!)}  ${time}`,
    ),
    '',
    `measured here: ${formatBytes(found.tokenizeRate)}/s tokenized per thread, ${formatPlural(found.threads, 'thread')}; ${formatBytes(found.writeRate)}/s written`,
  ]
}
