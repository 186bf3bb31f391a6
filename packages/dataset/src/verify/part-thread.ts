/** A thread that checks parts of one dataset: answers one batch after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { folderStorage } from '../storage/folder.ts'
import { checkParts, type PartToCheck } from './check-parts.ts'
import type { PartThreadData, PartThreadReply } from './verify-parts.ts'

const { path, within, manifest } = workerData as PartThreadData
const storage = folderStorage(path, { within })

parentPort!.on('message', (parts: readonly PartToCheck[]) => {
  const reply = (answer: PartThreadReply): void => parentPort!.postMessage(answer)
  // What cannot be checked here is checked again by whoever asked, who then meets the same error.
  checkParts(storage, manifest, parts).then(reply, () => reply('failed'))
})
