import {
  headerName,
  publishJson,
  readJson,
  type DatasetStorage,
  type InputAccount,
  type ManifestHeader,
} from '@sluice/dataset'
import { runNames } from '../folder/names.ts'
import { isPlainAccount } from '../sources/account-inputs.ts'

const inputsName = `${runNames.tokens}/inputs.json`

/**
 * Keeps what was found where the corpus lies until the run is committed, maybe by another process. It is no part of the plan: a
 * later attempt may find other entries to pass over, and the first account stays.
 */
export async function publishInputs(storage: DatasetStorage, inputs: InputAccount): Promise<void> {
  if (isPlainAccount(inputs) || (await storage.stat(inputsName)) !== undefined) return
  await publishJson(storage, inputsName, inputs)
}

/** What {@link publishInputs} kept, or what the header of a commit that was withdrawn says. */
export async function readInputs(storage: DatasetStorage): Promise<InputAccount | undefined> {
  if ((await storage.stat(headerName)) !== undefined)
    return ((await readJson(storage, headerName)) as ManifestHeader).inputs
  if ((await storage.stat(inputsName)) === undefined) return undefined
  return (await readJson(storage, inputsName)) as InputAccount
}
