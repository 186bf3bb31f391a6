import { makeSourceList, mostInlineRows, type InputAccount, type MadeListFile } from '@sluice/dataset'
import { blameOf } from '@sluice/errors'
import type { Encoding } from '@sluice/tokenizer'
import { abandonSpool } from '../folder/run-folder.ts'
import { openRunStorage } from '../folder/run-storage.ts'
import { chooseModel, type RunModel } from '../model/run-model.ts'
import { chooseTables, type RunTables } from '../model/run-tables.ts'
import { growParts } from '../plan/grow-parts.ts'
import { identifyPlan, type PlannedRun } from '../plan/planned-run.ts'
import { planRun, type PlannedSources, type SplitName } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { RunProvider } from '../plan/run-provider.ts'
import { ownEndOfText } from '../tokenizer/document-marks.ts'
import {
  chooseOpaqueIds,
  chooseTokenizer,
  namesTokenizer,
  openTokenizer,
  type RunTokenizer,
} from '../tokenizer/run-tokenizer.ts'
import { withinRows } from '../tokenizer/within-rows.ts'
import { readTokenizerCopy } from '../tokenizer/tokenizer-copy.ts'
import { openPlannedSources } from './planned-sources.ts'
import { identifySources, type OpenCorpusOptions } from './identify-sources.ts'
import type { SourceAccess } from './source-access.ts'
import { readSourceTable, sourcesOf, type SourceTable } from './source-table.ts'

/** A corpus that is ready to be planned, cut, estimated and tokenized. */
export interface Corpus {
  readonly config: RunConfig
  readonly sources: SourceTable
  /** What a plan says of the sources, and the files that hold them where they are many. */
  readonly listed: { readonly sources: PlannedSources; readonly files: readonly MadeListFile[] }
  readonly tokenizer: RunTokenizer
  /** Undefined where the rows get the vectors of no model, and where the plan was made before. */
  readonly model?: RunModel | undefined
  /** Undefined where no tables were given, and where the plan was made before. */
  readonly tables?: RunTables | undefined
  readonly access: SourceAccess
  /** Everything that was found where the sources were looked for. */
  readonly inputs: InputAccount
  /** Milliseconds since 1970 before the first source was hashed. */
  readonly openedMs: number
}

/** What of a corpus cutting it needs. */
export interface CuttableCorpus extends Omit<Corpus, 'openedMs' | 'listed' | 'inputs' | 'tokenizer'> {
  readonly tokenizer: Omit<RunTokenizer, 'marks'>
}

/**
 * Identifies the sources of a configuration and loads its tokenizer. Writes nothing but copies of remote sources; where
 * the input is unusable, these are removed again.
 *
 * @throws RunError, CorpusError, TokenizerError
 */
export async function openCorpus(
  config: RunConfig,
  access: SourceAccess,
  options: OpenCorpusOptions & { readonly tokenizer?: RunTokenizer; readonly provider?: RunProvider } = {},
): Promise<Corpus> {
  const openedMs = Date.now()
  try {
    let loading: Promise<RunTokenizer | undefined> | undefined
    const load = (): Promise<RunTokenizer | undefined> => (loading ??= loadNamed(config, options.tokenizer))
    const encodingOf = async (): Promise<Encoding | undefined> => (await load())?.encoding
    const { sources, inputs } = await identifySources(config, access, options, encodingOf)
    const named = await load()
    const model = await chooseModel(config, options)
    const tables = await chooseTables(config, options.signal)
    const table = model?.identity.tensors[0] ?? tables?.identity.token
    const rows = table?.shape[0]
    const tokenizer = withinRows(named ?? (await chooseOpaqueIds(config, rows)), config, rows)
    return {
      config,
      sources,
      inputs,
      listed: listSources(sources),
      tokenizer,
      model,
      tables,
      access,
      openedMs,
    }
  } catch (error) {
    if (blameOf(error) === 'input') await abandonSpool(openRunStorage(access.path, access.dataRoot))
    throw error
  }
}

/** The tokenizer that was given, or that the configuration names; undefined for ids that nobody's tokenizer made. */
async function loadNamed(
  config: RunConfig,
  given: RunTokenizer | undefined,
): Promise<RunTokenizer | undefined> {
  return given ?? ((await namesTokenizer(config)) ? chooseTokenizer(config) : undefined)
}

function listSources(sources: SourceTable): Corpus['listed'] {
  if (sources.length <= mostInlineRows) return { sources: sourcesOf(sources), files: [] }
  const { list, files } = makeSourceList(sources)
  return { sources: list, files }
}

/** Opens the corpus of a run that was planned before, elsewhere or by another process. */
export async function reopenCorpus({ plan }: PlannedRun, access: SourceAccess): Promise<CuttableCorpus> {
  const storage = openRunStorage(access.path, access.dataRoot)
  const encoding = await openTokenizer(plan.tokenizer, {
    readFile: () => readTokenizerCopy(storage, plan.tokenizer),
  })
  const tokenizer = { encoding, identity: plan.tokenizer, bytes: undefined }
  const sources = await readSourceTable(openPlannedSources(storage, plan.sources))
  return { config: plan.config, sources, tokenizer, access }
}

/** Plans the run of a corpus, or of one side of its split. */
export function planCorpus(
  { config, tokenizer, sources, listed, model, tables }: Corpus,
  split?: SplitName,
): PlannedRun {
  const vectors = { model: model?.identity, tables: tables?.identity }
  const { identity, encoding } = tokenizer
  // A token that only the tokenizer's folder names: the copy of its file does not say it.
  const isNamedByFolder = config.separatorId === null && ownEndOfText(encoding) === undefined
  const separatorId = isNamedByFolder ? String(identity.endOfTextId) : config.separatorId
  const plan = planRun({ ...config, separatorId }, identity, listed.sources, split, vectors)
  return identifyPlan(growParts(plan, sources))
}
