import { availableParallelism } from 'node:os'
import {
  folderStorage,
  holdsTokenFiles,
  openDataset,
  openDocuments,
  verifyDataset,
  verifyTokenFiles,
  type DatasetStorage,
  type Problem,
  type VerifyOptions,
  type VerifyReport,
} from '@sluice/dataset'
import { recomputeDocuments, recomputeTokenFiles, recomputeWindows } from '@sluice/pipeline'
import { ExitCode } from '../exit-code.ts'
import { barOnTerminal } from '../terminal/bar-on-terminal.ts'
import { cancelOnSignals } from '../terminal/cancel-on-signals.ts'
import { print, printJson, report } from '../terminal/output.ts'
import { formatBytes, formatPlural } from '../terminal/units.ts'

/** `sluice verify`, as typed. */
export interface VerifyFlags {
  readonly deep?: number | undefined
  readonly root: readonly string[]
  readonly model?: string | undefined
  readonly json: boolean
}

export async function verify(dir: string, { deep, root, model, json }: VerifyFlags): Promise<void> {
  using cancel = cancelOnSignals()
  const { signal } = cancel
  const storage = folderStorage(dir)
  if (await holdsTokenFiles(storage)) return verifyTokens(storage, dir, { deep, root, json }, signal)
  const access = model === undefined ? {} : { checkpoint: model }
  const found = await verifyWatched(storage, { signal, ...access }, json)
  if (deep === undefined || found.problems.length > 0) return show(found, dir, json)
  if (found.manifest.layout.per === 'document') {
    await using documents = await openDocuments(storage, access)
    await using again = await recomputeDocuments(documents, { roots: root, signal })
    const { recompute: ofDocument } = again
    return show(
      await verifyDataset(storage, { deep: { documents: deep, recompute: ofDocument }, signal, ...access }),
      dir,
      json,
    )
  }
  await using dataset = await openDataset(storage, access)
  await using recomputed = await recomputeWindows(dataset, { roots: root, signal })
  const { recompute } = recomputed
  show(await verifyDataset(storage, { deep: { windows: deep, recompute }, signal, ...access }), dir, json)
}

/** On all threads, with a bar on a terminal. */
async function verifyWatched(
  storage: DatasetStorage,
  options: VerifyOptions,
  json: boolean,
): Promise<VerifyReport> {
  const threads = availableParallelism()
  const bar = json ? undefined : await barOnTerminal()
  if (bar === undefined) return verifyDataset(storage, { ...options, threads })
  try {
    const onPart = (done: number, total: number): void => bar.update('verifying', done, total, 'parts')
    return await verifyDataset(storage, { ...options, threads, onPart })
  } finally {
    bar.clear()
  }
}

function show(found: VerifyReport, dir: string, json: boolean): void {
  const { manifest, problems, partsChecked, bytesChecked, windowsChecked, uncheckedTensors, leftovers } =
    found
  if (problems.length > 0) process.exitCode = ExitCode.failed
  if (json) {
    const { planId, totals } = manifest
    printJson({
      planId,
      totals,
      problems,
      partsChecked,
      bytesChecked,
      windowsChecked,
      uncheckedTensors,
      leftovers,
    })
    return
  }
  // What was made with another checkpoint cannot be repaired, and need not be.
  const isWhole = problems.every(({ code }) => code === 'wrong-checkpoint')
  const todo = isWhole
    ? 'the dataset itself is whole: name the model that it was made with'
    : `see \`sluice repair ${dir}\``
  if (tell(problems, dir, todo)) return
  const row = manifest.layout.per ?? 'window'
  const checked = `${formatPlural(partsChecked, 'part')}, ${formatBytes(bytesChecked)}, ${formatPlural(manifest.totals.rows, row)}`
  const deep = windowsChecked > 0 ? `; ${formatPlural(windowsChecked, row)} recomputed from the corpus` : ''
  if (uncheckedTensors > 0)
    report(
      `sluice: ${formatPlural(uncheckedTensors, 'tensor')} of the model that the dataset refers to ${uncheckedTensors === 1 ? 'was' : 'were'} not compared; \`--model DIR\` says where it is`,
    )
  print(`${dir} is complete and unchanged: ${checked}${deep}`)
}

/** Token files have no windows: with `deep` all of their ids are compared. */
async function verifyTokens(
  storage: DatasetStorage,
  dir: string,
  { deep, root, json }: VerifyFlags,
  signal: AbortSignal,
): Promise<void> {
  const whole = await verifyTokenFiles(storage, { signal })
  const isDeep = deep !== undefined && whole.problems.length === 0
  await using recomputed = isDeep ? await recomputeTokenFiles(storage, { roots: root, signal }) : undefined
  const found = recomputed ? await verifyTokenFiles(storage, { again: recomputed.again, signal }) : whole
  const { manifest, problems, bytesChecked, tokensChecked, leftovers } = found
  const { planId, totals } = manifest
  if (problems.length > 0) process.exitCode = ExitCode.failed
  if (json) return printJson({ planId, totals, problems, bytesChecked, tokensChecked, leftovers })
  if (tell(problems, dir, 'make it again in another folder')) return
  const size = `${formatPlural(totals.tokens, 'token')}, ${formatPlural(totals.documents, 'document')}, ${formatBytes(bytesChecked)}`
  const compared = tokensChecked > 0 ? '; all ids made again from the corpus' : ''
  print(`${dir} is complete and unchanged: ${size}${compared}`)
}

/** Tells problems. @returns whether there are any */
function tell(problems: readonly Problem[], dir: string, what: string): boolean {
  for (const { message } of problems) report(`sluice: ${message}`)
  if (problems.length > 0) report(`sluice: ${formatPlural(problems.length, 'problem')} in ${dir}; ${what}`)
  return problems.length > 0
}
