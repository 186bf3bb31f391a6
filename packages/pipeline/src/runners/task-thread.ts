import module from 'node:module'
import { workerData } from 'node:worker_threads'
import type { ThreadStart } from './thread-messages.ts'

// Entry of a task thread. A thread does not inherit the cache of compiled code: without it, loading takes twice as long.
const { compileCache } = workerData as ThreadStart
if (compileCache !== undefined) module.enableCompileCache(compileCache)
await import('./serve-tasks.ts')
