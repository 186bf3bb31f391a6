import { identifySmallFiles, SmallFileReader, type IdentifySmallOptions } from '@sluice/corpus'
import { packError } from '@sluice/errors'
import type { Encoding } from '@sluice/tokenizer'
import { parentPort } from 'node:worker_threads'
import { TaskExecutor } from '../execute/task-executor.ts'
import type { Task } from '../task/task.ts'
import { giveHeldMemory } from '../tokens/held-memory.ts'
import { loadTokenizer } from '../tokenizer/run-tokenizer.ts'
import type { FromThread, ToThread } from './thread-messages.ts'

/** A task thread's loop: does the tasks it is sent, and stops only between two runs of the graph. */
const port = parentPort
if (port === null) throw new Error('Expected to be started as a worker thread')

let prepared: Promise<Encoding> | undefined
let executor: TaskExecutor | undefined
const say = (message: FromThread): void => port.postMessage(message)
/** Progress is told in steps of this many milliseconds: a message for every batch would be noise. */
const progressMs = 50

const underWay = new Map<number, { readonly stop: AbortController; readonly ended: Promise<void> }>()

port.on('message', (message: ToThread) => {
  if ('prepare' in message) {
    prepared = loadTokenizer(message.prepare).then(({ encoding }) => encoding)
    // The first task that needs it tells of the failure.
    prepared.catch(() => {})
  } else if ('assign' in message) executor = new TaskExecutor(message.assign, { encoding: prepared })
  else if ('identify' in message) void identify(message.identify, message.how, message.number)
  else if ('stop' in message) underWay.get(message.stop)?.stop.abort()
  else if ('close' in message) {
    for (const { stop } of underWay.values()) stop.abort()
    const ends = Array.from(underWay.values(), ({ ended }) => ended)
    void Promise.all(ends)
      .then(() => executor?.close())
      .finally(() => port.close())
  } else {
    const { do: task, number, memory } = message
    if (memory !== undefined) giveHeldMemory(memory)
    const stop = new AbortController()
    const ended = work(task, number, stop.signal).finally(() => underWay.delete(number))
    underWay.set(number, { stop, ended })
  }
})

async function identify(paths: readonly string[], how: IdentifySmallOptions, number: number): Promise<void> {
  try {
    say({
      number,
      kind: 'identified',
      identities: await identifySmallFiles(new SmallFileReader(), paths, how),
    })
  } catch (error) {
    say({ number, kind: 'failed', error: packError(error) })
  }
}

async function work(task: Task, number: number, signal: AbortSignal): Promise<void> {
  let amount = 0
  let told = performance.now()
  const tell = (): void => {
    if (amount > 0) say({ number, kind: 'progress', amount })
    amount = 0
    told = performance.now()
  }
  const onProgress = (more: number): void => {
    amount += more
    if (performance.now() - told >= progressMs) tell()
  }
  const onWritten = (): void => say({ number, kind: 'written' })
  try {
    if (executor === undefined) throw new Error('Expected to be assigned to a run before its first task')
    const { tokens, byteLength, held } = await executor.execute(task, { signal, onProgress, onWritten })
    tell()
    const outcome = { tokens, byteLength, ...(held && { held }) }
    say({ number, kind: 'done', provider: executor.provider, outcome })
  } catch (error) {
    say({ number, kind: 'failed', error: packError(error) })
  }
}
