import { blameOf, exitCodeOfBlame, isSluiceError } from '@sluice/errors'
import { readSettings } from './settings.ts'

/** `node apps/worker/dist/main.js`: the container's command. Ends at SIGTERM or SIGINT, in bounded time. */
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `sluice worker: expected Node 24 or newer, got ${process.version}; update Node: https://nodejs.org`,
  )
  process.exit(1)
}
try {
  const settings = readSettings(process.env)
  // What takes a second to load is not needed to say what is wrong with a setting.
  const { startWorker } = await import('./start-worker.ts')
  const worker = await startWorker(settings)
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
  const text = isSluiceError(error) ? error.message : String((error as Error).stack)
  console.error(`sluice worker: ${text}`)
  process.exit(exitCodeOfBlame[blameOf(error)])
}
