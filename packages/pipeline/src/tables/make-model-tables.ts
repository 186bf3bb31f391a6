import { createHash } from 'node:crypto'
import type { DatasetStorage, ManifestHeader } from '@sluice/dataset'
import {
  attentionPositions,
  buildModelGraph,
  describeModel,
  embeddingFileNames,
  hashTensor,
  usedTensors,
  type AttentionPositions,
  type ModelEmbedding,
} from '@sluice/embedding'
import { RunError } from '../errors.ts'
import { runNames } from '../folder/names.ts'
import { openLocalTables } from './local-tables.ts'
import type { PlannedModel } from '../plan/planned-model.ts'
import { modelFileNames, modelFiles } from '../model/publish-model.ts'
import { reopenModel } from '../model/run-model.ts'

/** What is said of the vectors that are not exact, as measured against transformers 5.18.0. */
const tolerances = {
  f32: '4e-6 · max(1, |x|max)',
  f16: 'one unit of the last place at |x|max',
  bf16: 'one unit of the last place at |x|max',
} as const

/** Identities of the tables of a model's dataset. */
export type ModelTableIdentities = Pick<ManifestHeader['identities'], 'tables' | 'graph' | 'model'> & {
  /** The positions inside attention that the model asks for, with a row for each id of a window. */
  readonly asked: AttentionPositions | undefined
}

/**
 * Proves that the copy of a model in a run's folder is the plan's, and publishes the graph of its family beside it.
 *
 * @throws RunError `broken-state` where the copy is missing or another one
 */
export async function makeModelTables(
  storage: DatasetStorage,
  planned: PlannedModel,
  maxLength: number,
): Promise<ModelTableIdentities> {
  const local = await openLocalTables(storage, Object.values(modelFileNames))
  try {
    const model = await reopenModel(local.directory, planned)
    try {
      await checkCopy(model, planned, storage.location)
      const graph = buildModelGraph(model, { stage: planned.stage, folder: local.directory })
      const graphName = `${runNames.tables}/${embeddingFileNames.graph}`
      await publishBytes(storage, graphName, graph)
      return await identify(model, planned, maxLength, { file: graphName, sha256: sha256Of(graph) })
    } finally {
      model.close()
    }
  } finally {
    await local.close()
  }
}

/**
 * What a dataset says that refers to a checkpoint. The graph of a family is over a copy, and there is none.
 *
 * @param directory the checkpoint, whose tensors were hashed when they were planned
 */
export async function referToModel(
  directory: string,
  planned: PlannedModel,
  maxLength: number,
): Promise<ModelTableIdentities> {
  const model = await reopenModel(directory, planned)
  try {
    return await identify(model, planned, maxLength, null)
  } finally {
    model.close()
  }
}

async function identify(
  model: ModelEmbedding,
  planned: PlannedModel,
  maxLength: number,
  graph: ModelTableIdentities['graph'],
): Promise<ModelTableIdentities> {
  const { stage, dtype } = planned
  // A tensor that was named says nothing of the model around it.
  const positions = planned.tokenTensor === undefined ? attentionPositions(model, maxLength) : undefined
  const leftOut = positions !== undefined && 'leftOut' in positions ? positions.leftOut : undefined
  const exact = stage === 'inputs-embeds' || (await model.loadFirstBlock()).isExact
  return {
    asked: positions !== undefined && 'leftOut' in positions ? undefined : positions,
    tables: planned.tensors.map(({ name, shape, sha256, dtype: stored, file }) => ({
      ...{ name, sha256, file: file ?? modelFiles.tensors },
      ...(file !== undefined && { checkpoint: true }),
      shape: shape as unknown as readonly [number, number],
      dtype: dtypeOf(stored),
    })),
    graph,
    model: {
      ...{ modelType: planned.modelType, stage, dtype, semantics: planned.semantics },
      ...(planned.tokenTensor !== undefined && { tokenTensor: planned.tokenTensor }),
      config: { file: modelFiles.config, sha256: planned.configSha256 },
      table: planned.tensors[0]!.name,
      ...(model.scale?.in === 'inputs_embeds' && { scale: model.scale.factor }),
      formula: describeModel(model, stage),
      exact,
      ...(!exact && { tolerance: `first_block: ${tolerances[dtype]}` }),
      ...(leftOut !== undefined && { leftOut }),
      ...(planned.provider !== undefined && { provider: planned.provider }),
    },
  }
}

async function checkCopy(model: ModelEmbedding, planned: PlannedModel, location: string): Promise<void> {
  const refuse = (what: string): never => {
    throw new RunError(
      'broken-state',
      `${what} in ${location} is not what was planned; remove the folder and run again`,
    )
  }
  if (model.config.sha256 !== planned.configSha256) refuse(modelFiles.config)
  const tensors = usedTensors(model, planned.stage)
  for (const { name, sha256 } of planned.tensors) {
    const tensor = tensors.find((found) => found.name === name)
    if (tensor === undefined || (await hashTensor(tensor)) !== sha256)
      refuse(`${name} of ${modelFiles.tensors}`)
  }
}

async function publishBytes(storage: DatasetStorage, name: string, bytes: Uint8Array): Promise<void> {
  if ((await storage.stat(name)) !== undefined) return
  const staged = await storage.stage(name)
  try {
    await staged.write([bytes])
    await staged.publish(name)
  } finally {
    await staged.discard()
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function dtypeOf(stored: string): 'f32' | 'f16' | 'bf16' {
  if (stored === 'F16') return 'f16'
  return stored === 'BF16' ? 'bf16' : 'f32'
}
