/** `peak-memory.ts FOLDER BYTES`: writes and publishes a part of this size; prints the peak of its memory in MiB. */
import { readFileSync } from 'node:fs'
import { createPartWriter, folderStorage } from '../src/index.ts'
import { batchesFor, layout, makeBatch } from './workload.ts'

const [folder = '', byteLength] = process.argv.slice(2)
const batch = makeBatch()
const storage = folderStorage(folder)
await using writer = createPartWriter({ storage, layout, planId: '0'.repeat(64), index: 0, firstWindow: 0 })
for (let left = batchesFor(Number(byteLength)); left > 0; left--) await writer.append(batch)
await writer.finish()
// What `getrusage` calls the maximum includes the process that started this one.
const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
console.log(Math.round(Number(kibibytes) / 1024))
