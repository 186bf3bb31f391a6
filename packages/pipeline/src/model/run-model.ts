import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { option, sentence } from '@sluice/errors'
import {
  hashTensor,
  openModel,
  TableRows,
  usedTensors,
  type FirstBlock,
  type LocatedTensor,
  type ModelEmbedding,
  type SharedRows,
} from '@sluice/embedding'
import { RunError } from '../errors.ts'
import type { RunConfig } from '../plan/run-config.ts'
import type { PlannedModel } from '../plan/planned-model.ts'
import { graphProviderOf, type RunProvider } from '../plan/run-provider.ts'

/** The model of a run, as the process that plans finds it. */
export interface RunModel {
  readonly identity: PlannedModel
  /** The folder it was opened in. */
  readonly directory: string
  /** What is copied into the run's folder. */
  readonly tensors: readonly LocatedTensor[]
  /** Bytes of config.json, to be copied too. */
  readonly config: Uint8Array
}

/** What a configuration says about the model. */
export type ModelChoice = Pick<
  RunConfig,
  | 'model'
  | 'stage'
  | 'tokenTensor'
  | 'computeDtype'
  | 'semantics'
  | 'embeddings'
  | 'maxLength'
  | 'per'
  | 'reference'
>

/**
 * Opens the model folder of a configuration and hashes the tensors that its vectors are made of.
 *
 * @param options.provider what was asked to compute the vectors: where its last bits are its own, it is part of the identity
 * @returns undefined where rows hold no embeddings, or no model is named
 * @throws EmbeddingError; RunError `invalid-config` for windows that are longer than the model's position tables
 */
export async function chooseModel(
  choice: ModelChoice,
  {
    provider,
    signal,
  }: { readonly provider?: RunProvider | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<RunModel | undefined> {
  const { model: directory, stage, tokenTensor, computeDtype, semantics, embeddings, reference } = choice
  if (directory === null || embeddings === 'none') return undefined
  const model = await openModel(directory, {
    semantics: semantics === '4' ? 4 : 5,
    ...(tokenTensor !== null && { tokenTensor }),
    ...(computeDtype !== null && { computeDtype }),
  })
  try {
    const block = stage === 'first-block' ? await checkFirstBlock(model, choice) : undefined
    const computes = block?.isExact === false ? graphProviderOf(provider) : undefined
    const tensors = usedTensors(model, stage)
    const hashed = []
    for (const tensor of tensors) {
      const { name, path, dtype, shape } = tensor
      if (dtype === 'F64') {
        throw new RunError(
          'invalid-config',
          sentence`${path}: expected ${name} to be F32, F16 or BF16 with ${option('model')}, got F64; save the model in one of them`,
        )
      }
      hashed.push({
        name,
        dtype,
        shape: Array.from(shape),
        sha256: await hashTensor(tensor, signal),
        ...(reference && { file: basename(path) }),
      })
    }
    const identity: PlannedModel = {
      modelType: model.modelType,
      configSha256: model.config.sha256,
      ...{ stage, dtype: model.dtype, semantics: model.semantics },
      ...(tokenTensor !== null && { tokenTensor }),
      tensors: hashed,
      embeddingDim: model.embeddingDim,
      ...(block && { firstBlockDim: block.width }),
      ...(computes && { provider: computes }),
    }
    return { identity, directory, tensors, config: await readFile(join(directory, 'config.json')) }
  } finally {
    model.close()
  }
}

/** Opens the copy of a model in a run's folder, for the vectors of its plan. */
export async function reopenModel(
  directory: string,
  { dtype, semantics, tokenTensor }: Pick<PlannedModel, 'dtype' | 'semantics' | 'tokenTensor'>,
  shared?: SharedRows,
): Promise<ModelEmbedding> {
  return openModel(directory, {
    ...{ computeDtype: dtype, semantics },
    ...(shared && { shared }),
    ...(tokenTensor !== undefined && { tokenTensor }),
  })
}

/** Memory for the rows of a planned model's token table: the threads of a process share one copy of those that occur. */
export function shareRows({ tensors }: Pick<PlannedModel, 'tensors'>): SharedRows | undefined {
  const [table] = tensors
  if (table === undefined) return undefined
  const [rows = 0, dim = 0] = table.shape
  return TableRows.share(rows, dim * (table.dtype === 'F32' ? 4 : 2))
}

async function checkFirstBlock(
  model: ModelEmbedding,
  { maxLength, per }: Pick<ModelChoice, 'maxLength' | 'per'>,
): Promise<FirstBlock> {
  const block = await model.loadFirstBlock()
  if (maxLength > block.maxLength) {
    const positions = `${block.maxLength}, the positions of this ${model.modelType} model, got ${maxLength}`
    throw new RunError(
      'invalid-config',
      per === 'document'
        ? sentence`Expected documents of at most ${positions}; ${option('maxLength')} ${block.maxLength} cuts longer ones, ${option('contextLength')} ${block.maxLength} stops at them`
        : sentence`Expected ${option('maxLength')} to be at most ${positions}`,
    )
  }
  return block
}
