import { setImmediate } from 'node:timers/promises'
import type { DatasetStorage } from '@sluice/dataset'
import { copyTensors } from '@sluice/embedding'
import { RunError } from '../errors.ts'
import { runNames } from '../folder/names.ts'
import { isReferenced } from '../plan/planned-model.ts'
import type { RunModel } from './run-model.ts'

/** Names of the copy of a model, which is a model folder of its own. */
export const modelFileNames = { config: 'config.json', tensors: 'model.safetensors' } as const

/** Where the files of the copy lie in a run's folder. */
export const modelFiles = {
  config: `${runNames.tables}/${modelFileNames.config}`,
  tensors: `${runNames.tables}/${modelFileNames.tensors}`,
} as const

/**
 * Copies what a run needs of its model into the run's folder, so that any worker and any reader has it and the dataset explains
 * itself: config.json and the tensors that the vectors are made of, in one safetensors file. Where the dataset refers to the checkpoint,
 * config.json alone.
 *
 * @throws RunError `corpus-changed` where the checkpoint is not what it was when it was planned
 */
export async function publishModel(storage: DatasetStorage, model: RunModel | undefined): Promise<void> {
  if (model === undefined) return
  if ((await storage.stat(modelFiles.config)) === undefined) {
    await publish(storage, modelFiles.config, [model.config], () => {})
  }
  if (isReferenced(model.identity) || (await storage.stat(modelFiles.tensors)) !== undefined) return
  const found = new Map<string, string>()
  const chunks = copyTensors(model.tensors, (name, sha256) => void found.set(name, sha256))
  await publish(storage, modelFiles.tensors, chunks, () => {
    for (const { name, sha256 } of model.identity.tensors) {
      if (found.get(name) === sha256) continue
      throw new RunError('corpus-changed', `${name} of the model changed while it was copied; run again`)
    }
  })
}

/** Publishes an object of these pieces, unless `check` throws when all of them are written. */
async function publish(
  storage: DatasetStorage,
  name: string,
  pieces: Iterable<Uint8Array>,
  check: () => void,
): Promise<void> {
  const staged = await storage.stage(name)
  try {
    for (const piece of pieces) {
      await staged.write([piece])
      await setImmediate()
    }
    check()
    await staged.publish(name)
  } finally {
    await staged.discard()
  }
}
