import { readSettings } from './settings.ts'
import { startWorker } from './start-worker.ts'

/** `node apps/worker/dist/main.js`: the container's command. Ends at SIGTERM or SIGINT, in bounded time. */
try {
  const worker = await startWorker(readSettings(process.env))
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    stopping = true
    void worker.stop(signal).then((clean) => {
      // What did not end in time hangs in the connection or in the graph; the latter would dump core at a plain exit.
      if (!clean) process.kill(process.pid, 'SIGKILL')
      process.exit(0)
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
} catch (error) {
  const known = error instanceof Error && 'code' in error
  console.error(`sluice worker: ${known ? error.message : String((error as Error).stack)}`)
  process.exit(known ? 2 : 1)
}
