/** A thread that checks parts of one dataset: answers one batch after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { folderStorage } from '../storage/folder.ts'
import { checkParts, type PartToCheck } from './check-parts.ts'
import type { PartThreadData, PartThreadReply } from './verify-parts.ts'

const { path, within, manifest } = workerData as PartThreadData
const storage = folderStorage(path, { within })

const reply = (answer: PartThreadReply): void => parentPort!.postMessage(answer)

/** Settles when the last batch was answered: each is begun then only, so that answers come in the order of the batches. */
let turn = Promise.resolve()

parentPort!.on('message', (parts: readonly PartToCheck[]) => {
  turn = turn
    .then(() => checkParts(storage, manifest, parts))
    // What cannot be checked here is checked again by whoever asked, who then meets the same error.
    .then(reply, () => reply('failed'))
})
