import { parentPort, workerData } from 'node:worker_threads'
import { TaskExecutor } from '../task-executor.ts'
import { packError, type FromThread, type ThreadData, type ToThread } from './thread-messages.ts'

/** Entry of a task thread: does the tasks it is sent, one at a time, and stops only between two runs of the graph. */
const port = parentPort
if (port === null) throw new Error('Expected to be started as a worker thread')

const executor = new TaskExecutor(workerData as ThreadData)
const say = (message: FromThread): void => port.postMessage(message)
/** Progress is told in steps of this many milliseconds: a message for every batch would be noise. */
const progressMs = 50

let stop = new AbortController()
let underWay: Promise<void> = Promise.resolve()

port.on('message', (message: ToThread) => {
  if (message === 'stop') stop.abort()
  else if (message === 'close') {
    stop.abort()
    void underWay.then(() => executor.close()).finally(() => port.close())
  } else {
    stop = new AbortController()
    underWay = work(message.do, stop.signal)
  }
})

async function work(task: Extract<ToThread, { do: unknown }>['do'], signal: AbortSignal): Promise<void> {
  let amount = 0
  let told = performance.now()
  const tell = (): void => {
    if (amount > 0) say({ kind: 'progress', amount })
    amount = 0
    told = performance.now()
  }
  const onProgress = (more: number): void => {
    amount += more
    if (performance.now() - told >= progressMs) tell()
  }
  try {
    const { tokens, byteLength } = await executor.execute(task, { signal, onProgress })
    tell()
    say({ kind: 'done', provider: executor.provider, outcome: { tokens, byteLength } })
  } catch (error) {
    say({ kind: 'failed', error: packError(error) })
  }
}
