/** Does the runs that it is sent, in one process from the compiled packages: started with `fork`, answers with seconds. */
import { runLocally, type LocalRunOptions } from '@sluice/pipeline'

process.on('message', (options: LocalRunOptions) => {
  const started = performance.now()
  void runLocally(options).then(() => process.send?.((performance.now() - started) / 1000))
})
